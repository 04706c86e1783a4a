//! For tests: what is in the tables.

use serde_json::{Value, json};

use crate::pg::query;
use crate::tools::probe::sql;

/// The states of an operation of the demo factory, of its part, and of its job.
pub(in crate::tools) fn states(operation: &str) -> Value {
    sql(&format!(
        "SELECT json_build_array(o.status, p.status, j.status) FROM mes.operations o
           JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
          WHERE o.id = mes_demo_id('{operation}')"
    ))
}

/// A column of a row of the demo factory: `A/part/P-1001-01` is a row of parts.
pub(in crate::tools) fn column(name: &str, expression: &str) -> Value {
    let table = name.split('/').nth(1).expect("tenant/kind/name");
    let plural = if table == "time_entry" { "time_entries".to_owned() } else { format!("{table}s") };
    sql(&format!("SELECT {expression} FROM mes.{plural} WHERE id = mes_demo_id('{name}')"))
}

/// Sets columns of a row of the demo factory.
pub(in crate::tools) fn set(name: &str, assignments: &str) {
    let table = name.split('/').nth(1).expect("tenant/kind/name");
    let sql = format!("UPDATE mes.{table}s SET {assignments} WHERE id = mes_demo_id('{name}')");
    assert_eq!(query::ask(&(sql + " RETURNING id"), |rows| Ok(rows.len())), 1, "{name}");
}

/// Adds a pending issue that stops an operation, as an app does.
pub(in crate::tools) fn stop(operation: &str) -> Value {
    let insert = format!(
        "INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, causes_standstill)
         SELECT tenant_id, id, mes_demo_id('A/profile/jan.smit'), 'Stop', 'high', true
           FROM mes.operations WHERE id = mes_demo_id('{operation}') RETURNING id::text"
    );
    json!(query::ask(&insert, |rows| rows.first().get_one::<String>()))
}

/// A running time entry of a person on an operation, begun this long ago: by the clock that ends it, because now() is that of a
/// transaction which may have waited for other tests.
pub(in crate::tools) fn running(operation: &str, person: &str, ago: &str) -> Value {
    let insert = format!(
        "INSERT INTO mes.time_entries (tenant_id, operation_id, operator_id, start_time)
         SELECT tenant_id, id, mes_demo_id('A/profile/{person}'), clock_timestamp() - interval '{ago}'
           FROM mes.operations WHERE id = mes_demo_id('{operation}') RETURNING id::text"
    );
    json!(query::ask(&insert, |rows| rows.first().get_one::<String>()))
}

/// Reviews all pending issues, as an app does.
pub(in crate::tools) fn approve_all() {
    query::ask("UPDATE mes.issues SET status = 'approved' WHERE status = 'pending'", |_| Ok(()));
}

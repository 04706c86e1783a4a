//! For the tests of several tools of issues.

use pgrx::Spi;
use serde_json::{Value, json};

use crate::tools::probe::{call, sql};

/// What a condition on tenant A's issues `i` with operation `o`, part `p` and job `j` gives.
pub(super) fn expected(condition: &str) -> Value {
    sql(&format!(
        "SELECT count(*) FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id
           JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
          WHERE i.tenant_id = mes_demo_id('A') AND {condition}"
    ))
}

pub(super) fn analytics(tenant: &str, days: u16, group_by: &str, limit: u16) -> Value {
    call(tenant, "get_issue_analytics", &json!({"days": days, "group_by": group_by, "limit": limit}))
}

pub(super) fn groups(answer: &Value) -> &[Value] {
    answer["groups"].as_array().expect("a list")
}

/// `{name: count}` of all groups; issues without a value under the empty name.
pub(super) fn counts(answer: &Value) -> Value {
    let pairs = groups(answer)
        .iter()
        .map(|group| (group["name"].as_str().unwrap_or_default().to_owned(), group["count"].clone()));
    Value::Object(pairs.collect())
}

/// Puts an issue of each of `rows`, `(instant, status, review)` in SQL, on one live operation of the tenant.
pub(super) fn insert(tenant: &str, rows: &str) {
    Spi::run(&format!(
        "INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, created_at, status, reviewed_at)
         SELECT o.tenant_id, o.id, w.id, 'x', 'low', v.at, v.status::mes.issue_status, v.reviewed
           FROM (SELECT o.* FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id JOIN mes.jobs j ON j.id = p.job_id
                  WHERE o.tenant_id = mes_demo_id('{tenant}') AND num_nonnulls(o.deleted_at, p.deleted_at, j.deleted_at) = 0
                  ORDER BY o.id LIMIT 1) o,
                (SELECT id FROM mes.profiles WHERE tenant_id = mes_demo_id('{tenant}') LIMIT 1) w,
                (VALUES {rows}) v (at, status, reviewed)"
    ))
    .expect("issues");
}

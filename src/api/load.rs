//! Data sets for load tests.

use std::time::Instant;

use pgrx::prelude::*;

use super::mes::{assert_of_superusers, assert_own};
use super::{assert_closed, assert_operator, mes_schema};
use crate::pg::query::{self, Access, quote_identifier};
use crate::pg::report::{ErrorReport, report};
use crate::pg::session::extension_schema;
use crate::pg::settings::with_search_path;
use crate::pg::shape::Shape;
use crate::pg::statement::{Choice, Schemas};
use crate::{sql_args, statement};

/// A load set. All other numbers are derived from these; see `sql/mes/load/01_plan.sql`.
#[derive(Debug)]
struct LoadSet {
    name: &'static str,
    tenants: u32,
    /// A multiple of 5.
    jobs: u32,
    keys: u32,
}

const LOAD_SETS: &[LoadSet] = &[
    LoadSet { name: "M", tenants: 20, jobs: 20_000, keys: 200 },
    LoadSet { name: "L", tenants: 200, jobs: 200_000, keys: 5_000 },
];

/// The scripts in order, each with what it does.
pub(super) const STEPS: [(&str, &str); 6] = [
    ("planned", include_str!("../../sql/mes/load/01_plan.sql")),
    ("tenants with their people and cells", include_str!("../../sql/mes/load/10_tenants.sql")),
    ("jobs, parts and operations", include_str!("../../sql/mes/load/20_work.sql")),
    ("quantities and issues", include_str!("../../sql/mes/load/30_quality.sql")),
    ("keys and recorded calls", include_str!("../../sql/mes/load/40_calls.sql")),
    ("analysed", include_str!("../../sql/mes/load/99_done.sql")),
];

#[pg_extern]
#[search_path(pg_catalog, pg_temp)]
pub(crate) fn mes_seed_load(p_scale: Option<&str>) -> Result<(), ErrorReport> {
    assert_operator()?;
    let set = p_scale.and_then(|scale| LOAD_SETS.iter().find(|set| set.name.eq_ignore_ascii_case(scale)));
    let set = set.ok_or_else(|| {
        report(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, "p_scale must be the name of a load set")
            .set_hint("Use 'M' (20 tenants, 20000 jobs) or 'L' (200 tenants, 200000 jobs).")
    })?;
    load(set)
}

fn load(set: &LoadSet) -> Result<(), ErrorReport> {
    let (mes, extension) = (mes_schema()?, extension_schema());
    assert_own(&mes)?;
    assert_closed(&extension);
    assert_of_superusers(&mes)?;
    if is_loaded(set, &mes, &extension) {
        notice!("load set {} is already loaded", set.name);
        return Ok(());
    }
    let path = format!("{}, {}, pg_temp", quote_identifier(&mes), quote_identifier(&extension));
    with_search_path(&path, || {
        query::script(&sizes(set));
        for (step, script) in STEPS {
            let started = Instant::now();
            query::script(script);
            notice!("load set {}: {step}, {:.1} s", set.name, started.elapsed().as_secs_f64());
        }
    });
    notice!("load set {} is loaded; run VACUUM ANALYZE before measuring", set.name);
    Ok(())
}

/// A set is loaded in one transaction, so checking its first tenant is enough. The query runs as a writing statement, in order to see what
/// the same outer statement has loaded before.
fn is_loaded(set: &LoadSet, mes: &str, extension: &str) -> bool {
    statement! {
        static FIRST_TENANT = "SELECT 1 FROM {{mes}}.tenants WHERE id = md5($1)::uuid"; [Text];
    }
    let (schemas, args) =
        (Schemas { mes, extension, shape: Shape::COMPLETE }, sql_args![format!("{}/tenant/1", seed(set))]);
    query::run(&FIRST_TENANT, schemas, Access::Write, &Choice::none(), args, |rows| Ok(!rows.is_empty()))
}

/// The prefix of the names from which the ids of the set's rows are derived.
fn seed(set: &LoadSet) -> String {
    format!("load/{}", set.name)
}

/// The numbers of the set as a temporary table, from which the scripts read them.
fn sizes(set: &LoadSet) -> String {
    let LoadSet { name, tenants, jobs, keys } = set;
    format!(
        "CREATE TEMP TABLE load_size ON COMMIT DROP AS
         SELECT '{name}'::text AS name, '{}'::text AS seed, {tenants}::integer AS tenants, {jobs}::integer AS jobs, {keys}::integer AS keys",
        seed(set)
    )
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use super::*;
    use crate::tools::probe::{demo, sql};
    use serde_json::json;

    const TINY: LoadSet = LoadSet { name: "tiny", tenants: 8, jobs: 200, keys: 20 };
    const CONTRADICTIONS: &str = include_str!("../../tests/load_contradictions.sql");

    /// The number of rows that the loaded tenants have in each table.
    fn rows() -> serde_json::Value {
        let count = |table: &str| format!("(SELECT count(*) FROM {table} JOIN loaded USING (tenant_id))");
        let counts = ["mes.jobs", "mes.parts", "mes.operations", "mes.operation_quantities", "mes.issues"]
            .into_iter()
            .chain(["public.mcp_keys", "public.mcp_key_usage_logs", "mes.activity_log", "mes.notifications"])
            .map(count);
        sql(&format!(
            "WITH loaded AS (SELECT id AS tenant_id FROM mes.tenants WHERE name LIKE 'Load %')
             SELECT jsonb_build_array((SELECT count(*) FROM loaded), {})",
            counts.collect::<Vec<_>>().join(", ")
        ))
    }

    #[pg_test]
    fn a_small_set_has_its_numbers_and_nothing_in_it_contradicts_itself() {
        demo();
        let of_demo = "SELECT md5(string_agg(o::text, '' ORDER BY o.id)) FROM mes.operations o JOIN mes.tenants t
             ON t.id = o.tenant_id WHERE t.name NOT LIKE 'Load %'";
        let demo_before = sql(of_demo);
        load(&TINY).expect("a schema is attached");
        assert_eq!(rows(), json!([8, 200, 800, 4000, 5000, 200, 20, 1960, 1960, 200]));
        assert_eq!(sql(CONTRADICTIONS), "");
        let zones_and_cells = "SELECT count(DISTINCT timezone) || ' ' || count(*) FILTER (WHERE cells >= 4) FROM mes.tenants t
             CROSS JOIN LATERAL (SELECT count(*) AS cells FROM mes.cells c WHERE c.tenant_id = t.id) c WHERE name LIKE 'Load %'";
        assert_eq!(sql(zones_and_cells), "8 8");

        load(&TINY).expect("it is already loaded");
        assert_eq!(rows(), json!([8, 200, 800, 4000, 5000, 200, 20, 1960, 1960, 200]));
        load(&LoadSet { name: "tiny two", ..TINY }).expect("another beside it");
        assert_eq!(rows(), json!([16, 400, 1600, 8000, 10000, 400, 40, 3920, 3920, 400]));
        assert_eq!(sql(CONTRADICTIONS), "");
        assert_eq!(sql(of_demo), demo_before);
    }
}

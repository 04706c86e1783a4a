//! Load sets: factories of a size that is worth measuring.

use std::time::Instant;

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

use super::{mes_schema, report};
use crate::pg::query::{self, quote_identifier};
use crate::pg::session::extension_schema;
use crate::pg::settings::with_search_path;
use crate::sql_args;

/// A load set. All other numbers follow from these, see `sql/mes/load/01_plan.sql`.
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

/// What each script does, and the script, in order.
pub(super) const STEPS: [(&str, &str); 6] = [
    ("planned", include_str!("../../sql/mes/load/01_plan.sql")),
    ("tenants with their people and cells", include_str!("../../sql/mes/load/10_tenants.sql")),
    ("jobs, parts and operations", include_str!("../../sql/mes/load/20_work.sql")),
    ("quantities and issues", include_str!("../../sql/mes/load/30_quality.sql")),
    ("keys and recorded calls", include_str!("../../sql/mes/load/40_calls.sql")),
    ("analysed", include_str!("../../sql/mes/load/99_done.sql")),
];

#[pg_extern]
pub(crate) fn mes_seed_load(p_scale: Option<&str>) -> Result<(), ErrorReport> {
    let set = p_scale.and_then(|scale| LOAD_SETS.iter().find(|set| set.name.eq_ignore_ascii_case(scale)));
    let set = set.ok_or_else(|| {
        report(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, "p_scale must name a load set")
            .set_hint("'M' (20 tenants, 20000 jobs) or 'L' (200 tenants, 200000 jobs)")
    })?;
    load(set)
}

fn load(set: &LoadSet) -> Result<(), ErrorReport> {
    let extension = quote_identifier(&extension_schema());
    with_search_path(&format!("{extension}, pg_temp"), || {
        let schema = quote_identifier(&mes_schema()?);
        if is_loaded(set, &schema) {
            notice!("load set {} is there already", set.name);
            return Ok(());
        }
        with_search_path(&format!("{schema}, {extension}, pg_temp"), || {
            query::script(&sizes(set));
            for (step, script) in STEPS {
                let started = Instant::now();
                query::script(script);
                notice!("load set {}: {step}, {:.1} s", set.name, started.elapsed().as_secs_f64());
            }
        });
        notice!("load set {} is loaded; VACUUM ANALYZE before you measure", set.name);
        Ok(())
    })
}

/// All of it comes in one transaction, so its first tenant tells.
fn is_loaded(set: &LoadSet, schema: &str) -> bool {
    let sql = format!("SELECT 1 FROM {schema}.tenants WHERE id = md5($1)::uuid");
    query::read(&sql, sql_args![format!("{}/tenant/1", seed(set))], |rows| Ok(!rows.is_empty()))
}

/// What the ids of the set's rows are made of.
fn seed(set: &LoadSet) -> String {
    format!("load/{}", set.name)
}

/// The numbers of the set as a table, where the scripts read them.
fn sizes(set: &LoadSet) -> String {
    let LoadSet { name, tenants, jobs, keys } = set;
    format!(
        "CREATE TEMP TABLE load_size ON COMMIT DROP AS
         SELECT '{name}'::text AS name, '{}'::text AS seed, {tenants}::integer AS tenants, {jobs}::integer AS jobs, {keys}::integer AS keys",
        seed(set)
    )
}

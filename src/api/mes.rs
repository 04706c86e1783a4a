//! Creating the MES schema in a new database, and the demo factory.

use pgrx::prelude::*;
use uuid::Uuid;

use super::{assert_closed, assert_operator, mes_schema};
use crate::pg::query::{self, quote_identifier};
use crate::pg::report::{ErrorReport, report};
use crate::pg::session::extension_schema;
use crate::pg::settings::with_search_path;
use crate::{sql_args, statement};

/// The scripts of the MES schema, in order. They are run with the schema on the path; for its functions, which look up nothing in it, and for
/// statements that a person runs, the gaps `{{mes}}` and `{{extension}}` are the quoted names.
const SCHEMA: &[&str] = &[
    include_str!("../../sql/mes/01_types.sql"),
    include_str!("../../sql/mes/02_tenants.sql"),
    include_str!("../../sql/mes/03_masters.sql"),
    include_str!("../../sql/mes/04_work.sql"),
    include_str!("../../sql/mes/05_execution.sql"),
    include_str!("../../sql/mes/06_quality.sql"),
    include_str!("../../sql/mes/07_planning.sql"),
    include_str!("../../sql/mes/08_records.sql"),
    include_str!("../../sql/mes/09_triggers.sql"),
    include_str!("../../sql/mes/10_yellow_card.sql"),
    include_str!("../../sql/mes/11_notifications.sql"),
    include_str!("../../sql/mes/12_members.sql"),
];

/// The scripts of the demo factory, in order.
const DEMO: &[&str] = &[
    include_str!("../../sql/mes/demo/01_tenants.sql"),
    include_str!("../../sql/mes/demo/10_a_masters.sql"),
    include_str!("../../sql/mes/demo/20_a_jobs.sql"),
    include_str!("../../sql/mes/demo/21_a_parts.sql"),
    include_str!("../../sql/mes/demo/22_a_operations.sql"),
    include_str!("../../sql/mes/demo/23_a_plan.sql"),
    include_str!("../../sql/mes/demo/24_a_details.sql"),
    include_str!("../../sql/mes/demo/25_a_issues.sql"),
    include_str!("../../sql/mes/demo/26_a_time.sql"),
    include_str!("../../sql/mes/demo/50_b_factory.sql"),
    include_str!("../../sql/mes/demo/51_b_operations.sql"),
    include_str!("../../sql/mes/demo/52_b_issues.sql"),
    include_str!("../../sql/mes/demo/53_b_details.sql"),
    include_str!("../../sql/mes/demo/60_c_factory.sql"),
    include_str!("../../sql/mes/demo/70_quantities.sql"),
    include_str!("../../sql/mes/demo/80_mcp.sql"),
    include_str!("../../sql/mes/demo/99_done.sql"),
];

/// The namespace of the demo factory's ids.
const DEMO_NAMESPACE: Uuid = Uuid::from_u128(0x6b1f_2d3c_8a54_4e0f_9b7d_2c5e_1a90_47d1);

#[pg_extern]
#[search_path(pg_catalog, pg_temp)]
pub(crate) fn mes_create_schema(p_schema: default!(Option<&str>, "'public'")) -> Result<(), ErrorReport> {
    assert_operator()?;
    let schema = p_schema.filter(|schema| !schema.is_empty()).ok_or_else(|| {
        report(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, "p_schema must be the name of a schema")
    })?;
    statement! {
        static EXISTS = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1"; [Text];
        static ATTACH = "SELECT {{extension}}.mcp_attach_mes($1)"; [Text];
    }
    let extension = extension_schema();
    let (quoted_extension, quoted) = (quote_identifier(&extension), quote_identifier(schema));
    if query::read(&EXISTS, sql_args![schema], |rows| Ok(rows.is_empty())) {
        query::script(&format!("CREATE SCHEMA {quoted}"));
    }
    assert_closed(&extension);
    assert_of_superusers(schema)?;
    with_search_path(&format!("{quoted}, {quoted_extension}, pg_temp"), || {
        let filled = |sql: &str| sql.replace("{{mes}}", &quoted).replace("{{extension}}", &quoted_extension);
        SCHEMA.iter().for_each(|sql| query::script(&filled(sql)));
    });
    query::write(&ATTACH, sql_args![schema], |_| Ok(()));
    Ok(())
}

#[pg_extern]
#[search_path(pg_catalog, pg_temp)]
pub(crate) fn mes_seed_demo() -> Result<(), ErrorReport> {
    assert_operator()?;
    let (mes, extension) = (mes_schema()?, extension_schema());
    assert_own(&mes)?;
    assert_closed(&extension);
    assert_of_superusers(&mes)?;
    let path = format!("{}, {}, pg_temp", quote_identifier(&mes), quote_identifier(&extension));
    with_search_path(&path, || DEMO.iter().for_each(|sql| query::script(sql)));
    Ok(())
}

/// Refuses a schema that [`mes_create_schema`] did not make: invented rows do not belong among an application's, whose tables differ and whose
/// triggers tell people of them. Its trigger function tells.
pub(super) fn assert_own(mes_schema: &str) -> Result<(), ErrorReport> {
    statement! {
        static MADE_HERE = "SELECT 1 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                             WHERE n.nspname = $1 AND p.proname = 'mes_touch'"; [Text];
    }
    if query::write(&MADE_HERE, sql_args![mes_schema], |rows| Ok(!rows.is_empty())) {
        return Ok(());
    }
    Err(report(
        PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
        format!("schema \"{mes_schema}\" was not made by mes_create_schema, and invented rows are not put into an application's tables"),
    )
    .set_hint("Load them in a database of their own."))
}

/// Refuses to write into this schema as the caller, a superuser, if code of somebody else would run.
pub(super) fn assert_of_superusers(mes_schema: &str) -> Result<(), ErrorReport> {
    statement! {
        static OF_OTHERS = "SELECT object || ' belongs to ' || owner FROM {{extension}}.mcp_mes_of_others($1) LIMIT 1"; [Text];
    }
    match query::write(&OF_OTHERS, sql_args![mes_schema], query::first::<String>) {
        None => Ok(()),
        Some(object) => Err(report(
            PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            format!("{object}, who is no superuser"),
        )
        .set_hint(format!(
            "This function writes as a superuser, and would run the code of others as one. SELECT * FROM {}.mcp_mes_of_others('{}'); \
             lists all of them. Use a schema in which everything belongs to superusers.",
            quote_identifier(&extension_schema()),
            mes_schema.replace('\'', "''")
        ))),
    }
}

#[pg_extern(immutable, parallel_safe)]
pub(crate) fn mes_demo_id(p_name: Option<&str>) -> Option<pgrx::Uuid> {
    p_name.map(|name| query::uuid(Uuid::new_v5(&DEMO_NAMESPACE, name.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::load;
    use std::path::Path;

    /// The texts of a folder's scripts, in the order of their names.
    fn scripts(folder: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .expect("the folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
            .collect();
        files.sort();
        files.iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect()
    }

    #[test]
    fn every_script_of_the_folders_is_run_in_the_order_of_their_names() {
        assert_eq!(scripts("sql/mes"), SCHEMA);
        assert_eq!(scripts("sql/mes/demo"), DEMO);
        assert_eq!(scripts("sql/mes/load"), load::STEPS.map(|(_, script)| script));
    }
}

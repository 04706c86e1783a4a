//! Detaching undoes exactly what attaching did.

use eryxon_mcp_tests::Database;
use eryxon_mcp_tests::database::one_installs;

use super::{difference, findings, host, install, leave, owner};

const ATTACH: &str = "SELECT eryxon_mcp.mcp_attach_mes('mes')";

#[tokio::test]
async fn after_detach_and_drop_the_schema_dump_is_the_one_before() {
    for attributes in ["NOBYPASSRLS", "BYPASSRLS"] {
        let db = host(attributes);
        let before = db.schema_dump();
        install(&db);
        db.psql(ATTACH);
        assert_ne!(db.schema_dump(), before, "attaching is seen in a dump");
        leave(&db, "mes");
        assert_eq!(difference(&before, &db.schema_dump()), "", "{attributes}");
    }
}

#[tokio::test]
async fn flags_that_attaching_switched_on_are_switched_off_again_and_others_stay() {
    let db = host("NOBYPASSRLS");
    db.psql(
        "ALTER TABLE mes.jobs DISABLE ROW LEVEL SECURITY; ALTER TABLE mes.parts DISABLE ROW LEVEL SECURITY;
         CREATE POLICY asleep ON mes.parts USING (true); ALTER TABLE mes.cells DISABLE ROW LEVEL SECURITY",
    );
    let before = db.schema_dump();
    install(&db);
    db.psql("SELECT eryxon_mcp.mcp_attach_mes('mes', p_enable_rls := true)");
    let on = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
               WHERE relrowsecurity AND relname IN ('jobs', 'parts', 'cells', 'issues') AND relnamespace = 'mes'::regnamespace";
    assert_eq!(db.psql(on), "cells issues jobs parts");
    assert_eq!(db.count("SELECT count(*) FROM pg_class WHERE relforcerowsecurity"), 0, "never forced");
    // Whoever writes a policy relies on it: without row-level security, everything would be open.
    db.psql("CREATE POLICY relies_on_it ON mes.cells USING (true)");
    leave(&db, "mes");
    assert_eq!(db.psql(on), "cells issues");
    db.psql("DROP POLICY relies_on_it ON mes.cells; ALTER TABLE mes.cells DISABLE ROW LEVEL SECURITY");
    assert_eq!(difference(&before, &db.schema_dump()), "");
}

/// Fails in the last step of attaching that touches a table of the host.
const SABOTAGE: &str = "
    CREATE FUNCTION public.no_trigger() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no trigger here''; END';
    CREATE EVENT TRIGGER no_trigger ON ddl_command_start WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION public.no_trigger()";

#[tokio::test]
async fn an_attach_that_fails_half_way_leaves_nothing() {
    let db = host("NOBYPASSRLS");
    let before = db.schema_dump();
    install(&db);
    let installed = db.schema_dump();
    db.psql(SABOTAGE);
    let session = db.superuser().await;
    let error = session.batch_execute(ATTACH).await.expect_err("the trigger is refused");
    assert!(error.as_db_error().is_some_and(|error| error.message() == "no trigger here"), "{error:?}");
    db.psql("DROP EVENT TRIGGER no_trigger; DROP FUNCTION public.no_trigger()");
    assert_eq!(difference(&installed, &db.schema_dump()), "");
    assert_eq!(db.count("SELECT count(*) FROM eryxon_mcp.mcp_attached_objects"), 0);
    db.psql(ATTACH);
    leave(&db, "mes");
    assert_eq!(difference(&before, &db.schema_dump()), "");
}

/// What an application's migrations may do while the extension is attached.
fn changed_by_the_host(db: &Database) {
    db.psql(&format!(
        "DROP TABLE mes.exceptions CASCADE;
         ALTER TABLE mes.materials RENAME TO raw_materials;
         ALTER TABLE mes.cells RENAME COLUMN updated_at TO changed_at;
         ALTER TABLE mes.profiles DROP COLUMN is_machine CASCADE;
         ALTER TABLE mes.profiles RENAME COLUMN full_name TO whole_name;
         ALTER TABLE mes.jobs ADD COLUMN colour text;
         CREATE SCHEMA archive; ALTER TABLE mes.notifications SET SCHEMA archive;
         ALTER TABLE mes.resources OWNER TO postgres;
         ALTER TABLE mes.issues DISABLE ROW LEVEL SECURITY;
         CREATE POLICY of_host ON mes.parts FOR SELECT USING (true);
         GRANT SELECT ON mes.parts TO {}",
        owner(db)
    ));
}

#[tokio::test]
async fn what_the_host_changed_in_between_stays_and_the_rest_goes() {
    for schema_too in [false, true] {
        let (touched, untouched) = (host("NOBYPASSRLS"), host("NOBYPASSRLS"));
        install(&touched);
        touched.psql(ATTACH);
        for db in [&touched, &untouched] {
            changed_by_the_host(db);
            if schema_too {
                db.psql("ALTER SCHEMA mes RENAME TO factory");
            }
        }
        // Noticed, and said.
        let found = findings(&touched);
        let expected: &[&str] = if schema_too {
            &["schema mes: it is attached, but does not exist"]
        } else {
            &[
                "it lacks table exceptions",
                "it lacks table materials",
                "it lacks column cells.updated_at",
                "it lacks column profiles.full_name (text), which every tool needs",
                "mes.raw_materials: it was attached",
                "mes.issues: row-level security is not enabled",
            ]
        };
        for expected in expected {
            assert!(found.contains(expected), "{expected} in {found}");
        }
        leave(&touched, if schema_too { "factory" } else { "mes" });
        let same_names = |dump: String| dump.replace(&owner(&touched), "app").replace(&owner(&untouched), "app");
        assert_eq!(difference(&same_names(untouched.schema_dump()), &same_names(touched.schema_dump())), "");
    }
}

/// Whatever attaching could write, with the transaction that wrote it last.
const WRITTEN: &str = "
    SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (
        SELECT xmin || ' ' || oid FROM pg_policy UNION ALL SELECT xmin || ' ' || oid FROM pg_class WHERE relkind = 'r'
        UNION ALL SELECT xmin || ' ' || attrelid || attname FROM pg_attribute UNION ALL SELECT xmin || ' ' || oid FROM pg_namespace
        UNION ALL SELECT xmin || ' ' || oid FROM pg_trigger UNION ALL SELECT xmin || ' ' || relation FROM eryxon_mcp.mcp_attached_objects) t (x)";

#[tokio::test]
async fn attaching_twice_changes_nothing_and_what_was_there_before_is_not_ours() {
    let db = host("NOBYPASSRLS");
    install(&db);
    // The DBA had given the tools' role something already.
    db.psql("GRANT USAGE ON SCHEMA mes TO eryxon_mcp_tenant; GRANT SELECT ON mes.cells TO eryxon_mcp_tenant");
    let before = db.schema_dump();
    db.psql(ATTACH);
    let written = db.psql(WRITTEN);
    db.psql(ATTACH);
    assert_eq!(db.psql(WRITTEN), written);
    db.psql("SELECT eryxon_mcp.mcp_detach_mes('mes')");
    assert_eq!(difference(&before, &db.schema_dump()), "");
}

#[tokio::test]
async fn attaching_another_schema_detaches_the_first() {
    let db = host("NOBYPASSRLS");
    install(&db);
    let one = db.schema_dump();
    db.psql(ATTACH);
    db.psql("SELECT eryxon_mcp.mes_create_schema('second')");
    assert_eq!(db.psql("SELECT mes_schema FROM eryxon_mcp.mcp_settings"), "second");
    assert_eq!(findings(&db), "");
    db.psql("SELECT eryxon_mcp.mcp_detach_mes('second'); DROP SCHEMA second CASCADE");
    assert_eq!(difference(&one, &db.schema_dump()), "");
}

#[tokio::test]
async fn dropping_the_extension_says_which_call_comes_first_and_cascade_leaves_the_factory() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql(ATTACH);
    let rows = "SELECT concat_ws(' ', (SELECT count(*) FROM mes.tenants), (SELECT count(*) FROM mes.jobs), (SELECT count(*) FROM mes.issues))";
    let before = db.psql(rows);
    let session = db.superuser().await;
    let error = session.batch_execute("DROP EXTENSION eryxon_mcp").await.expect_err("a schema is attached");
    let error = error.as_db_error().expect("an SQL error");
    assert_eq!(error.code().code(), "2BP01");
    assert!(error.detail().is_some_and(|detail| detail.contains("until_mcp_detach_mes")), "{error:?}");
    let _one = one_installs();
    db.psql("DROP EXTENSION eryxon_mcp CASCADE");
    assert_eq!(db.psql(rows), before);
    assert_eq!(db.psql("SELECT polname FROM pg_policy WHERE polname LIKE 'eryxon%'"), "", "no policy of ours is left");
    // What is left of the rights opens nothing, and the next installation says so.
    db.psql("CREATE EXTENSION eryxon_mcp SCHEMA eryxon_mcp");
    let found = db
        .psql("SELECT DISTINCT severity || ' ' || reason FROM eryxon_mcp.mcp_doctor() WHERE object = 'table mes.jobs'");
    assert_eq!(found, "severe eryxon_mcp_tenant may INSERT, SELECT, UPDATE");
    db.psql(ATTACH);
    assert_eq!(findings(&db), "");
}

#[tokio::test]
async fn detaching_disables_the_logins_of_this_database_and_says_what_remains() {
    let db = host("NOBYPASSRLS");
    install(&db);
    let (here, elsewhere) = (format!("here_{}", db.name()), format!("elsewhere_{}", db.name()));
    db.psql(&format!(
        "SELECT eryxon_mcp.create_mcp_gateway('{here}'); CREATE ROLE {elsewhere} LOGIN; GRANT eryxon_mcp_gateway TO {elsewhere}; {ATTACH}"
    ));
    let remains = db.psql("SELECT * FROM eryxon_mcp.mcp_detach_mes('mes')");
    for expected in [
        format!(
            "login {here} of a gateway, now without LOGIN (ALTER ROLE {here} LOGIN; allows it again)|DROP OWNED BY {here}; DROP ROLE {here};"
        ),
        format!("login {elsewhere} of a gateway, which may serve another database|"),
        "|DROP EXTENSION eryxon_mcp;".to_owned(),
        "|DROP SCHEMA eryxon_mcp;".to_owned(),
        "the extension's roles, which belong to the whole cluster and are used in".to_owned(),
    ] {
        assert!(remains.contains(&expected), "{expected} in {remains}");
    }
    let may_log_in = |role: &str| db.psql(&format!("SELECT rolcanlogin FROM pg_roles WHERE rolname = '{role}'"));
    assert_eq!((may_log_in(&here), may_log_in(&elsewhere)), ("f".to_owned(), "t".to_owned()));
    db.psql(&format!(
        "ALTER ROLE {here} LOGIN; {ATTACH}; SELECT eryxon_mcp.mcp_detach_mes('mes', p_disable_gateways := false)"
    ));
    assert_eq!(may_log_in(&here), "t");
    let session = db.superuser().await;
    session.batch_execute("SELECT eryxon_mcp.mcp_detach_mes('mes')").await.expect("nothing to do");
    assert_eq!(session.notices(), ["schema \"mes\" is not attached"]);
}

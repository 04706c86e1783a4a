//! `mcp_doctor`: each of its findings is made, found alone, and mended by its own statement.

mod cases;
mod more_cases;

use cases::{POLICIES, RIGHTS};
use eryxon_mcp_tests::database::one_installs;
use eryxon_mcp_tests::{Cluster, Database, Options, Session};
use more_cases::{OBJECTS, ROLES, SERVER};

/// The findings, each as severity, object, reason and statement.
async fn findings(session: &Session, schema: &str) -> Vec<[String; 4]> {
    let rows = session.query(&format!("SELECT * FROM {schema}.mcp_doctor()"), &[]).await.expect("the findings");
    rows.iter().map(|row| [0, 1, 2, 3].map(|field| row.get::<_, Option<String>>(field).unwrap_or_default())).collect()
}

/// Runs the statements one by one, because ALTER SYSTEM refuses a transaction.
async fn run(session: &Session, statements: &str) {
    let functions = statements.contains("LANGUAGE plpgsql");
    for statement in statements.split(';').filter(|part| !functions && !part.trim().is_empty()) {
        session.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    if functions {
        session.batch_execute(statements).await.expect(statements);
    }
}

/// The findings, once there are as many as expected: a session reads the configuration anew some time after `pg_reload_conf`.
async fn settled(session: &Session, count: usize) -> Vec<[String; 4]> {
    let mut found = findings(session, "public").await;
    for _ in 0..100 {
        if found.len() == count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        found = findings(session, "public").await;
    }
    found
}

fn installed(cluster: &'static Cluster, name: &str, schema: &str, mes: &str) -> Database {
    let _one = one_installs();
    let db = Database::empty_in(cluster);
    cluster.psql("postgres", &format!("ALTER DATABASE {} RENAME TO {name}", db.name()));
    cluster.psql(
        name,
        &format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION eryxon_mcp SCHEMA {schema}; SET search_path = {schema};
             SELECT mes_create_schema('{mes}'); SELECT mes_seed_demo(); SELECT create_mcp_gateway('shim', 'a password');
             SELECT mcp_grant_member('web')"
        ),
    );
    db.renamed(name)
}

/// One cluster, because roles and settings are the whole cluster's; nothing else may disturb it.
#[tokio::test]
async fn each_finding_is_found_alone_and_mended_by_its_statement() {
    let quiet = [("log_statement", "none"), ("log_min_duration_statement", "-1")];
    let cluster: &'static Cluster =
        Box::leak(Box::new(Cluster::start(&Options { settings: &quiet, ..Options::default() })));
    cluster.psql("postgres", "CREATE ROLE web; CREATE ROLE other");
    let elsewhere = installed(cluster, "elsewhere", "\"My MCP\"", "Shop \"floor\"");
    assert_eq!(findings(&elsewhere.superuser().await, "\"My MCP\"").await, [[""; 4]; 0], "in a schema of its own");
    let demo = installed(cluster, "demo", "public", "public");
    assert_eq!(findings(&demo.superuser().await, "public").await, [[""; 4]; 0], "as the demo is");

    let session = installed(cluster, "doctor", "public", "mes").superuser().await;
    assert_eq!(settled(&session, 0).await, [[""; 4]; 0], "a fresh installation");
    session.batch_execute("SET quote_all_identifiers = on").await.unwrap();
    assert_eq!(findings(&session, "public").await, [[""; 4]; 0], "however names are shown");
    session.batch_execute("RESET quote_all_identifiers").await.unwrap();
    for (wrong, severity, object, reason) in [RIGHTS, POLICIES, OBJECTS, ROLES, SERVER].concat() {
        run(&session, wrong).await;
        let found = settled(&session, 1).await;
        let [[its_severity, its_object, its_reason, statement]] = &found[..] else {
            panic!("{wrong}: {found:#?}");
        };
        assert_eq!((its_severity.as_str(), its_object.as_str()), (severity, object), "{wrong}: {found:?}");
        assert!(its_reason.starts_with(reason), "{wrong}: {found:?}");
        run(&session, statement).await;
        assert_eq!(settled(&session, 0).await, [[""; 4]; 0], "{wrong} is not mended by {statement}");
    }
}

#[tokio::test]
async fn names_of_any_kind_do_not_disturb_it() {
    let quiet = [("log_statement", "none"), ("log_min_duration_statement", "-1")];
    let cluster: &'static Cluster =
        Box::leak(Box::new(Cluster::start(&Options { settings: &quiet, ..Options::default() })));
    cluster.psql("postgres", "SET quote_all_identifiers = on; CREATE ROLE web; CREATE ROLE other");
    let db = installed(cluster, "doctor", "public", "mes");
    db.psql(
        r#"CREATE ROLE "o%s%I ""x"" {0}"; GRANT eryxon_mcp_owner TO "o%s%I ""x"" {0}"; SELECT create_mcp_gateway('g%q ''%1$s');
           ALTER ROLE "g%q '%1$s" SET log_parser_stats = on; ALTER ROLE "g%q '%1$s" IN DATABASE doctor SET debug_print_plan = true;
           CREATE TABLE mes."t%L%" (a int); GRANT SELECT ON mes."t%L%" TO "g%q '%1$s""#,
    );
    let session = db.superuser().await;
    for statement in ["", "SET quote_all_identifiers = on"] {
        session.batch_execute(statement).await.unwrap();
        let found = findings(&session, "public").await;
        let found: Vec<_> = found.iter().map(|finding| finding[3].as_str()).collect();
        assert_eq!(
            found,
            [
                r#"ALTER ROLE "g%q '%1$s" IN DATABASE doctor RESET debug_print_plan;"#,
                r#"REVOKE ALL ON TABLE mes."t%L%" FROM "g%q '%1$s";"#,
                r#"ALTER ROLE "g%q '%1$s" RESET log_parser_stats;"#,
                r#"REVOKE eryxon_mcp_owner FROM "o%s%I ""x"" {0}";"#
            ]
        );
    }
    for statement in findings(&session, "public").await {
        session.batch_execute(&statement[3]).await.expect("it can be run");
    }
    assert_eq!(findings(&session, "public").await, [[""; 4]; 0]);
}

#[tokio::test]
async fn a_role_that_could_see_more_than_its_tenant_becomes_no_member() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    let role = |name: &str| format!("{name}_{}", db.name());
    let (web, reader, gateway) = (role("web"), role("reader"), db.gateway_name());
    for (wrong, right) in [
        (format!("GRANT eryxon_mcp_owner TO {web}"), format!("REVOKE eryxon_mcp_owner FROM {web}")),
        (format!("GRANT pg_read_all_data TO {web}"), format!("REVOKE pg_read_all_data FROM {web}")),
        (format!("GRANT postgres TO {web}"), format!("REVOKE postgres FROM {web}")),
        (format!("GRANT {gateway} TO {web}"), format!("REVOKE {gateway} FROM {web}")),
        (format!("GRANT {web} TO {reader}"), format!("REVOKE {web} FROM {reader}")),
    ] {
        superuser
            .batch_execute(&format!(
                "BEGIN; CREATE ROLE {web} LOGIN; CREATE ROLE {reader} LOGIN BYPASSRLS; CREATE ROLE admin_{web} BYPASSRLS CREATEROLE;
                 GRANT {web} TO admin_{web}; SELECT mcp_grant_member('{web}'); {wrong}; SAVEPOINT s"
            ))
            .await
            .expect("nothing speaks against it before");
        assert_eq!(superuser.sqlstate(&format!("SELECT mcp_grant_member('{web}')")).await, "22023", "{wrong}");
        superuser
            .batch_execute(&format!("ROLLBACK TO s; {right}; SELECT mcp_grant_member('{web}'); ROLLBACK"))
            .await
            .expect("nor afterwards");
    }
    assert_eq!(superuser.sqlstate(&format!("SELECT mcp_grant_member('{gateway}')")).await, "22023");
}

#[tokio::test]
async fn an_object_that_the_list_does_not_know_is_found_and_so_is_a_missing_one() {
    let db = Database::fresh();
    let session = db.superuser().await;
    session
        .batch_execute(
            "BEGIN; CREATE FUNCTION stray() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION stray FROM PUBLIC;
             ALTER EXTENSION eryxon_mcp ADD FUNCTION stray(); CREATE FUNCTION mcp_touch(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
             REVOKE ALL ON FUNCTION mcp_touch(int) FROM PUBLIC; ALTER EXTENSION eryxon_mcp ADD FUNCTION mcp_touch(int);
             ALTER EXTENSION eryxon_mcp DROP FUNCTION mes_demo_id(text)",
        )
        .await
        .expect("changes of the extension");
    let found = session
        .text("SELECT string_agg(concat_ws(' ', severity, object, reason, statement), E'\\n' ORDER BY object) FROM mcp_privilege_differences()")
        .await;
    assert_eq!(
        found.lines().collect::<Vec<_>>(),
        [
            "severe function mcp_touch exists more than once",
            "severe function mes_demo_id does not exist",
            "severe function public.stray() is not in mcp_privileges()"
        ]
    );
}

#[tokio::test]
async fn a_library_of_another_version_is_found() {
    let db = Database::fresh();
    let session = db.superuser().await;
    session
        .batch_execute("BEGIN; UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'eryxon_mcp'")
        .await
        .unwrap();
    let found = session.text("SELECT concat_ws('|', severity, object, reason, statement) FROM mcp_findings_of_server() WHERE object LIKE 'ext%'").await;
    let library = db.psql("SELECT extversion FROM pg_extension WHERE extname = 'eryxon_mcp'");
    assert_eq!(
        found,
        format!(
            "warning|extension eryxon_mcp|the library is version {library}, the SQL objects are version 0.0.1|ALTER EXTENSION eryxon_mcp UPDATE;"
        )
    );
}

#[tokio::test]
async fn a_gateway_learns_the_number_of_severe_findings_and_nothing_else() {
    let db = Database::fresh();
    db.psql("GRANT SELECT ON mcp_settings TO PUBLIC; ALTER TABLE mes.jobs DISABLE ROW LEVEL SECURITY");
    let count = db.count("SELECT count(*) FROM mcp_doctor() WHERE severity = 'severe'");
    assert!(count >= 2, "{count}");
    let gateway = db.gateway().await;
    assert_eq!(gateway.text("SELECT mcp_severe_findings()::text").await, count.to_string());
    for statement in
        ["SELECT * FROM mcp_doctor()", "SELECT * FROM mcp_findings_of_roles()", "SELECT * FROM mcp_privileges()"]
    {
        assert_eq!(gateway.sqlstate(statement).await, "42501", "{statement}");
    }
}

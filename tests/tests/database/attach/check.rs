//! `mcp_check_mes`: what it tells beforehand is what then happens, and the verdict on a tool is kept.

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::database::one_installs;
use eryxon_mcp_tests::{Database, call, demo_id};
use serde_json::json;

use super::{findings, host, install, owner};

/// The findings of these severities about an object, as text.
pub(super) fn check(db: &Database, severities: &str) -> String {
    db.psql(&format!(
        "SELECT severity || ' ' || object || ': ' || finding || coalesce(' > ' || statement, '')
           FROM eryxon_mcp.mcp_check_mes('mes') WHERE severity IN ({severities})"
    ))
}

pub(super) const WRONG: &str = "'blocks', 'warning'";

#[tokio::test]
async fn a_schema_that_fits_blocks_nothing_and_every_tool_works() {
    let db = host("NOBYPASSRLS");
    install(&db);
    let backup = format!(
        "warning role {}: pg_dump as this role, which owns tables, fails on the extension's tables: make backups as a role that bypasses row-level security > ",
        owner(&db)
    );
    let wrong = check(&db, WRONG);
    let for_backups = wrong.strip_prefix(&backup).unwrap_or_else(|| panic!("{wrong}"));
    let tools = db.psql("SELECT object || finding FROM eryxon_mcp.mcp_check_mes('mes') WHERE severity = 'tool'");
    assert!(tools.lines().count() >= 50 && tools.lines().all(|tool| tool.ends_with("works")), "{tools}");
    assert!(check(&db, "'table'").contains("table mes.jobs: present; row-level security on; owner"));
    // It changed nothing, and what it says that attaching adds is all that attaching does.
    assert_eq!(db.count("SELECT count(*) FROM pg_policy WHERE polname LIKE 'eryxon%'"), 0);
    let statements =
        db.psql("SELECT string_agg(statement, chr(10)) FROM eryxon_mcp.mcp_check_mes('mes') WHERE severity = 'adds'");
    let done = |db: &Database| {
        db.psql("SELECT string_agg(statement || ';', chr(10) ORDER BY statement) FROM eryxon_mcp.mcp_attached_objects")
    };
    db.psql("SELECT eryxon_mcp.mcp_attach_mes('mes')");
    let mut told: Vec<_> = statements.lines().filter(|line| !line.contains("mcp_attach_mes(")).collect();
    told.sort_unstable();
    let done = done(&db);
    let mut done: Vec<_> = done.lines().collect();
    done.sort_unstable();
    assert_eq!(told, done);
    assert_eq!(check(&db, "'adds'"), "", "nothing is left to add");
    assert_eq!(
        db.psql("SELECT severity, finding FROM eryxon_mcp.mcp_check_mes('nowhere')"),
        "blocks|it does not exist"
    );
    assert_eq!(
        db.psql("SELECT severity, object, finding FROM eryxon_mcp.mcp_check_mes(NULL)"),
        "blocks|schema|none is named"
    );
    // What it says about backups can be pasted. Roles are those of all tests.
    db.psql(&for_backups.replace("eryxon_backup", &format!("backup_{}", db.name())));
    assert_eq!(check(&db, WRONG), "");
}

/// What may be wrong with a live schema, and the line that tells of it.
const CASES: &[(&str, &str)] = &[
    ("GRANT CREATE ON SCHEMA mes TO PUBLIC", "blocks schema mes: PUBLIC may create objects in it > REVOKE CREATE ON SCHEMA mes FROM PUBLIC;"),
    ("ALTER TABLE mes.profiles DROP COLUMN active CASCADE", "blocks schema mes: it lacks column profiles.active (bool), which every tool needs"),
    ("ALTER TABLE mes.substeps DROP COLUMN notes CASCADE", "warning schema mes: it lacks column substeps.notes (text), which some tools need"),
    ("ALTER TABLE mes.cells ALTER wip_limit TYPE bigint", "warning schema mes: it lacks column cells.wip_limit of type int4 (it is int8)"),
    ("ALTER TABLE mes.cells DISABLE ROW LEVEL SECURITY", "blocks table mes.cells: row-level security is off"),
    ("ALTER TABLE mes.cells OWNER TO eryxon_mcp_tenant", "blocks table mes.cells: row-level security would not hold eryxon_mcp_tenant"),
    ("CREATE POLICY narrow ON mes.jobs AS RESTRICTIVE USING (false)", "warning table mes.jobs: the restrictive policy narrow of the application applies to the tools, too"),
    (
        "CREATE UNIQUE INDEX shared ON mes.jobs (job_number, id)",
        "warning schema mes: mes.shared of table mes.jobs is unique for all tenants together",
    ),
    (
        "CREATE TABLE mes.audit (a text); CREATE FUNCTION mes.audit() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN -- UPDATE mes.nothing
              INSERT INTO audit VALUES (''x''); RETURN NULL; END';
         CREATE TRIGGER audit AFTER UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.audit()",
        "warning trigger audit on table mes.jobs: its function mes.audit() runs as the role of the tools, which may not INSERT mes.audit: such a write fails > ALTER FUNCTION mes.audit() SECURITY DEFINER",
    ),
    (
        "CREATE SCHEMA auth; CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
         CREATE FUNCTION mes.who() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.notes := auth.uid(); RETURN NEW; END';
         CREATE TRIGGER who BEFORE INSERT ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.who()",
        "warning trigger who on table mes.jobs: its function mes.who() runs as the role of the tools, which may not use schema auth",
    ),
    (
        "CREATE FUNCTION mes.secret() RETURNS text LANGUAGE sql AS 'SELECT NULL::text'; REVOKE ALL ON FUNCTION mes.secret() FROM PUBLIC;
         ALTER TABLE mes.jobs ALTER notes SET DEFAULT mes.secret()",
        "warning table mes.jobs: the role of the tools may not use function mes.secret(), which a default or a check of the table needs",
    ),
    (
        "CREATE SEQUENCE mes.numbers; ALTER TABLE mes.jobs ALTER notes SET DEFAULT nextval('mes.numbers')",
        "warning table mes.jobs: the role of the tools may not use sequence mes.numbers",
    ),
    (
        "CREATE FUNCTION mes.whose() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'; REVOKE ALL ON FUNCTION mes.whose() FROM PUBLIC;
         CREATE POLICY whose ON mes.activity_log FOR INSERT WITH CHECK (tenant_id = mes.whose())",
        "blocks table mes.activity_log: policy whose on table mes.activity_log applies to eryxon_mcp_recorder, which may not EXECUTE mes.whose(): INSERT of the table fails > GRANT EXECUTE ON FUNCTION mes.whose() TO eryxon_mcp_recorder;",
    ),
    (
        "CREATE POLICY own ON mes.activity_log WITH CHECK (tenant_id IN (SELECT p.tenant_id FROM mes.profiles p WHERE p.id = NULL))",
        "blocks table mes.activity_log: policy own on table mes.activity_log applies to eryxon_mcp_recorder, which may not SELECT (id, tenant_id) of mes.profiles: INSERT of the table fails > GRANT SELECT (id, tenant_id) ON TABLE mes.profiles TO eryxon_mcp_recorder;",
    ),
    (
        "CREATE TABLE mes.members (t uuid); CREATE POLICY own ON mes.substeps USING (tenant_id IN (SELECT t FROM mes.members))",
        "warning table mes.substeps: policy own on table mes.substeps applies to eryxon_mcp_tenant, which may not SELECT (t) of mes.members: INSERT, UPDATE of the table fails > GRANT SELECT (t) ON TABLE mes.members TO eryxon_mcp_tenant;",
    ),
    (
        "CREATE TABLE mes.members (t uuid); CREATE POLICY own ON mes.profiles AS RESTRICTIVE FOR SELECT USING (tenant_id IN (SELECT t FROM mes.members))",
        "blocks table mes.profiles: policy own on table mes.profiles applies to eryxon_mcp_tenant, which may not SELECT (t) of mes.members",
    ),
    (
        "ALTER TABLE mes.activity_log ADD severity text NOT NULL DEFAULT 'x'; ALTER TABLE mes.activity_log ALTER severity DROP DEFAULT",
        "blocks table mes.activity_log: column severity may not be null and has no default, and no tool fills it",
    ),
    (
        "ALTER TABLE mes.substeps ADD plant text NOT NULL DEFAULT 'x'; ALTER TABLE mes.substeps ALTER plant DROP DEFAULT",
        "warning table mes.substeps: column plant may not be null and has no default, and no tool fills it",
    ),
    (
        "ALTER TABLE mes.substeps RENAME TO steps; CREATE VIEW mes.substeps AS SELECT * FROM mes.steps",
        "warning schema mes: it lacks table substeps (an object of that name exists but is not a table), which some tools need: see the tools below",
    ),
    (
        "ALTER TABLE mes.issues ADD CONSTRAINT narrow CHECK (severity IN ('low', 'high')) NOT VALID",
        "note constraint narrow on table mes.issues: it allows high, low, but not medium, critical, which issue_severity has",
    ),
    (
        "CREATE FUNCTION mes.generate_mcp_key() RETURNS text LANGUAGE sql AS 'SELECT NULL::text'",
        "note schema mes: it has functions with names of this extension: generate_mcp_key.",
    ),
];

#[tokio::test]
async fn each_trouble_of_a_live_schema_is_told() {
    let db = host("BYPASSRLS");
    install(&db);
    let session = db.superuser().await;
    let told =
        "SELECT string_agg(severity || ' ' || object || ': ' || finding || coalesce(' > ' || statement, ''), chr(10))
                  FROM eryxon_mcp.mcp_check_mes('mes')";
    let before = session.text(told).await;
    for (change, expected) in CASES {
        session.batch_execute(&format!("BEGIN; {change}")).await.expect(change);
        let lines = session.text(told).await;
        assert!(lines.lines().any(|line| line.starts_with(expected)), "{change}: {lines}");
        assert!(!before.lines().any(|line| line.starts_with(expected)), "{change}: {before}");
        session.batch_execute("ROLLBACK").await.unwrap();
    }
    let reader = db.superuser().await;
    reader.batch_execute("SET application_name = 'report'; BEGIN; SELECT FROM mes.jobs").await.unwrap();
    let lines = check(&db, WRONG);
    assert!(lines.contains("warning table mes.jobs: attaching would wait for session "), "{lines}");
}

#[tokio::test]
async fn a_tool_that_cannot_work_is_not_listed_and_says_what_is_missing() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql(
        "ALTER TABLE mes.substeps DROP COLUMN notes CASCADE; ALTER TABLE mes.cells ALTER wip_limit TYPE bigint;
         DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE mes.jobs DROP CONSTRAINT %I', conname) FROM pg_constraint
             WHERE conrelid = 'mes.jobs'::regclass AND pg_get_constraintdef(oid) = 'UNIQUE (tenant_id, job_number)'); END $$",
    );
    let session = db.superuser().await;
    session.batch_execute("SELECT eryxon_mcp.mcp_attach_mes('mes')").await.unwrap();
    let notices = session.notices();
    assert!(
        notices
            .iter()
            .any(|notice| notice.starts_with("tools that cannot work with schema \"mes\", and are not offered: ")
                && notice.contains("add_substep")),
        "{notices:?}"
    );
    session.batch_execute("SET search_path = eryxon_mcp, pg_temp").await.unwrap();
    let secret = session.text(&format!("SELECT api_key FROM generate_mcp_key('{}', 'k')", demo_id("A"))).await;
    let listed = session.text(&format!("SELECT mcp_list_tools('{secret}')::text")).await;
    for (tool, reason) in [
        ("add_substep", "column \"notes\" of relation \"substeps\" does not exist"),
        ("get_qrm_data", "column cells.wip_limit of type int4 (it is int8)"),
        ("create_job", "unique key (tenant_id, job_number) of table jobs"),
    ] {
        assert!(!listed.contains(&format!("\"{tool}\"")), "{tool} is listed");
        let answer = call(&session, &secret, tool, json!({})).await;
        assert_eq!(outcome(&answer), "unavailable", "{answer}");
        assert!(answer.to_string().contains(&reason.replace('"', "\\\"")), "{answer}");
        assert_eq!(
            session.sqlstate(&format!("SELECT mcp_as_tenant('{}'); SELECT {tool}('{{}}')", demo_id("A"))).await,
            "0A000"
        );
    }
    assert!(listed.contains("\"fetch_jobs\""));
    assert!(succeeded(&call(&session, &secret, "fetch_jobs", json!({"limit": 1})).await));
    // What changes later is noticed: by the doctor, and by the call.
    db.psql("ALTER TABLE mes.jobs RENAME COLUMN customer TO client; ALTER TABLE mes.substeps ADD notes text");
    let answer = call(&session, &secret, "fetch_jobs", json!({"limit": 1})).await;
    assert_eq!(outcome(&answer), "unavailable", "{answer}");
    assert!(answer.to_string().contains("customer does not exist"), "{answer}");
    let found = findings(&db);
    for expected in [
        "schema mes: since it was attached, it lacks column jobs.customer (text), which a tool needs",
        "schema mes: since it was attached, it has got column substeps.notes (text): tools that need it may work now",
        "tool get_qrm_data: it is not offered, because it cannot work with schema mes: column cells.wip_limit of type int4 (it is int8)",
    ] {
        assert!(found.contains(expected), "{expected} in {found}");
    }
    session.batch_execute("SELECT mcp_attach_mes('mes')").await.unwrap();
    let listed = session.text(&format!("SELECT mcp_list_tools('{secret}')::text")).await;
    assert!(!listed.contains("\"fetch_jobs\"") && listed.contains("\"add_substep\""), "{listed}");
}

#[tokio::test]
async fn the_owner_of_the_tables_can_make_backups_and_keys_of_a_restored_one_are_valid() {
    use eryxon_mcp_tests::cluster::{give_to_server, text};
    let db = host("NOBYPASSRLS");
    install(&db);
    let owner = owner(&db);
    db.psql("SELECT eryxon_mcp.mcp_attach_mes('mes')");
    let secret = db.psql(&format!("SELECT api_key FROM eryxon_mcp.generate_mcp_key('{}', 'k')", demo_id("A")));
    let dump = |db: &Database| {
        let mut dump = db.cluster().program("pg_dump");
        dump.args(["-U", &owner, "-Fc", "-f"]).arg(db.cluster().socket_dir().join("backup.dump")).arg(db.name());
        dump
    };
    assert!(!dump(&db).output().expect("pg_dump starts").status.success(), "without the grant");
    let session = db.superuser().await;
    let grant = format!("SELECT eryxon_mcp.mcp_grant_backup('{owner}')");
    let error = session.batch_execute(&grant).await.expect_err("the role does not bypass RLS");
    let error = error.as_db_error().expect("an SQL error");
    assert_eq!(error.code().code(), "55000");
    let hint = error.hint().expect("a hint");
    assert_eq!(hint, format!("ALTER ROLE {owner} BYPASSRLS;\n{grant};"));
    db.psql(hint);
    assert_eq!(findings(&db), "");
    text(&mut dump(&db));
    let file = db.cluster().socket_dir().join("backup.dump");
    give_to_server(&file);
    let restored = Database::empty();
    {
        let _one = one_installs();
        text(restored.cluster().program("pg_restore").args(["--exit-on-error", "-d", restored.name()]).arg(&file));
    }
    assert_eq!(restored.count(&format!("SELECT count(*) FROM eryxon_mcp.validate_mcp_key('{secret}')")), 1);
    assert_eq!(findings(&restored), "");
    let unread = db.psql(&format!(
        "SELECT t::regclass FROM pg_extension e, unnest(e.extconfig) t
          WHERE e.extname = 'eryxon_mcp' AND NOT has_table_privilege('{owner}', t, 'SELECT')"
    ));
    assert_eq!(unread, "", "every table that a dump contains");
    // What was attached is known after a restore, too.
    restored.psql("SELECT eryxon_mcp.mcp_detach_mes('mes')");
    assert_eq!(restored.psql("SELECT polname FROM pg_policy WHERE polname LIKE 'eryxon%'"), "");
    for (role, sqlstate) in [("nobody_at_all", "42704"), ("eryxon_mcp_tenant", "22023")] {
        assert_eq!(session.sqlstate(&format!("SELECT eryxon_mcp.mcp_grant_backup('{role}')")).await, sqlstate);
    }
}

//! Who may do what, checked in the catalog and tried with real logins.

use eryxon_mcp_tests::Database;
use eryxon_mcp_tests::database::one_installs;

/// The functions of the extension and of the MES schema, with everything in their definition that concerns privileges.
const FUNCTIONS: &str = "
    WITH f AS (
        SELECT p.*, p.oid::regprocedure::text AS signature, pg_get_userbyid(p.proowner) AS owner
          FROM pg_proc p
         WHERE EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND e.extname = 'eryxon_mcp')
            OR p.pronamespace = 'mes'::regnamespace
    )";

fn functions(db: &Database, condition: &str) -> String {
    db.psql(&format!("{FUNCTIONS} SELECT signature FROM f WHERE {condition} ORDER BY 1"))
}

#[tokio::test]
async fn a_gateway_may_execute_five_functions_and_no_other() {
    let db = Database::fresh();
    let allowed = functions(&db, &format!("has_function_privilege('{}', oid, 'EXECUTE')", db.gateway_name()));
    assert_eq!(
        allowed.lines().collect::<Vec<_>>(),
        [
            "mcp_call_tool(text,text,jsonb,jsonb)",
            "mcp_heartbeat(text,text,integer,jsonb)",
            "mcp_list_tools(text)",
            "mcp_severe_findings()",
            "validate_mcp_key(text)"
        ]
    );
    assert!(functions(&db, "true").lines().count() > 30, "the query sees the extension's functions");
    let gateway = db.gateway().await;
    for statement in [
        "SELECT get_tenant_info()",
        "SELECT fetch_jobs('{}')",
        "SELECT * FROM get_mcp_key_stats(NULL)",
        "SELECT mes_seed_demo()",
        "SELECT mes_seed_load('M')",
    ] {
        assert_eq!(gateway.sqlstate(statement).await, "42501", "{statement}");
    }
}

#[tokio::test]
async fn a_gateway_cannot_read_or_change_any_table() {
    let db = Database::fresh();
    let gateway = db.gateway().await;
    let relations = db.psql(
        "SELECT c.oid::regclass FROM pg_class c
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace IN ('public'::regnamespace, 'mes'::regnamespace)",
    );
    assert!(relations.lines().count() > 30, "{relations}");
    let granted = db.psql(&format!(
        "SELECT c.oid::regclass, p.name FROM pg_class c, (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')) p (name)
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace IN ('public'::regnamespace, 'mes'::regnamespace)
            AND has_any_column_privilege('{}', c.oid, p.name)",
        db.gateway_name()
    ));
    assert_eq!(granted, "", "privileges on tables, regardless of their policies");
    for relation in relations.lines() {
        for statement in [
            format!("SELECT FROM {relation}"),
            format!("SELECT count(*) FROM {relation}"),
            format!("DELETE FROM {relation}"),
            format!("INSERT INTO {relation} DEFAULT VALUES"),
            // A view cannot be truncated, only its table.
            format!("TRUNCATE {}", if relation == "mcp_authentication_keys" { "mcp_keys" } else { relation }),
        ] {
            assert_eq!(gateway.sqlstate(&statement).await, "42501", "{statement}");
        }
    }
    for statement in [
        "CREATE TABLE public.mine (a int)",
        "CREATE TABLE mes.mine (a int)",
        "CREATE SCHEMA mine",
        "SET ROLE eryxon_mcp_tenant",
        "SET ROLE eryxon_mcp_owner",
        "CREATE EXTENSION pg_trgm",
    ] {
        assert_eq!(gateway.sqlstate(statement).await, "42501", "{statement}");
    }
}

#[tokio::test]
async fn nothing_is_granted_to_public() {
    let db = Database::fresh();
    let open = "EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) a WHERE a.grantee = 0)";
    assert_eq!(functions(&db, open), "", "functions that PUBLIC may execute");
    let tables = db.psql(
        "SELECT c.oid::regclass FROM pg_class c, aclexplode(c.relacl) a
          WHERE a.grantee = 0 AND c.relnamespace IN ('public'::regnamespace, 'mes'::regnamespace)",
    );
    assert_eq!(tables, "", "tables that PUBLIC may use");
    db.psql("CREATE ROLE nobody_special LOGIN");
    let nobody = db.login("nobody_special").await;
    for statement in [
        "SELECT mcp_call_tool('x', 'y')",
        "SELECT get_tenant_info()",
        "SELECT * FROM mcp_authentication_keys",
        "SELECT current_mcp_tenant()",
    ] {
        assert_eq!(nobody.sqlstate(statement).await, "42501", "{statement}");
    }
}

#[tokio::test]
async fn definer_functions_belong_to_the_owner_role_and_have_a_fixed_search_path() {
    let db = Database::fresh();
    assert!(functions(&db, "prosecdef").lines().count() > 8);
    assert_eq!(functions(&db, "prosecdef AND owner <> 'eryxon_mcp_owner'"), "");
    let fixed = "EXISTS (SELECT FROM unnest(proconfig) s WHERE s LIKE 'search_path=%pg_temp')";
    assert_eq!(functions(&db, &format!("prosecdef AND NOT coalesce({fixed}, false)")), "");
    assert_eq!(
        functions(&db, "prosecdef AND pronamespace = 'mes'::regnamespace"),
        "",
        "no function in the MES schema is SECURITY DEFINER"
    );
    let others = db.psql(
        "SELECT c.oid::regclass FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_extension e ON e.oid = d.refobjid
          WHERE d.deptype = 'e' AND e.extname = 'eryxon_mcp' AND d.classid = 'pg_class'::regclass AND c.relkind = 'r'
            AND (pg_get_userbyid(c.relowner) <> 'eryxon_mcp_owner' OR NOT c.relrowsecurity)",
    );
    assert_eq!(others, "", "tables that do not belong to the owner role or lack row-level security");
}

#[tokio::test]
async fn the_four_roles_can_do_nothing_by_themselves() {
    let db = Database::fresh();
    let roles = db.psql(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'eryxon\\_mcp\\_%' AND NOT (rolcanlogin OR rolsuper OR rolbypassrls
            OR rolcreaterole OR rolcreatedb OR rolreplication) ORDER BY 1",
    );
    assert_eq!(
        roles.lines().collect::<Vec<_>>(),
        ["eryxon_mcp_gateway", "eryxon_mcp_owner", "eryxon_mcp_recorder", "eryxon_mcp_tenant"]
    );
    let memberships = "SELECT roleid::regrole || ' to ' || member::regrole FROM pg_auth_members
        WHERE member::regrole::text LIKE 'eryxon\\_mcp\\_%' OR roleid::regrole::text IN ('eryxon_mcp_tenant', 'eryxon_mcp_owner', 'eryxon_mcp_recorder')";
    assert_eq!(
        db.psql(memberships),
        "",
        "they are members of no role, and no role is a member of the tool or owner role"
    );
    let owned = db.psql("SELECT oid::regclass FROM pg_class WHERE pg_get_userbyid(relowner) IN ('eryxon_mcp_tenant', 'eryxon_mcp_gateway', 'eryxon_mcp_recorder')");
    assert_eq!(owned, "");
    // Outside a call there is no tenant: the role by itself sees nothing.
    let superuser = db.superuser().await;
    superuser.batch_execute("SET ROLE eryxon_mcp_tenant").await.unwrap();
    assert_eq!(superuser.text("SELECT count(*)::text FROM mes.jobs").await, "0");
    assert_eq!(
        superuser.sqlstate("INSERT INTO mes.jobs (tenant_id, job_number) VALUES (gen_random_uuid(), 'x')").await,
        "42501"
    );
}

#[tokio::test]
async fn a_gateway_login_has_the_settings_that_protect_it() {
    let db = Database::fresh();
    let gateway = db.gateway().await;
    for (setting, expected) in [
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("client_connection_check_interval", "1s"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
    ] {
        assert_eq!(gateway.text(&format!("SHOW {setting}")).await, expected, "{setting}");
    }
    // The gateway login cannot change the first log setting back.
    assert_eq!(gateway.sqlstate("SET log_parameter_max_length = -1").await, "42501");
    let superuser = db.superuser().await;
    assert_eq!(superuser.sqlstate("SELECT create_mcp_gateway('postgres')").await, "22023");
    assert_eq!(superuser.sqlstate("SELECT create_mcp_gateway('')").await, "22023");
    db.make_gateway();
}

/// The list of privileges has words of its own in the column of roles.
#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "each test has its own runtime and thread")]
async fn a_role_that_is_called_like_a_word_of_the_list_of_privileges_has_none_of_them() {
    let db = Database::empty();
    for role in ["member", "service", "backup", "nobody"] {
        db.psql(&format!("DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"));
    }
    let superuser = db.superuser().await;
    {
        let _one = one_installs();
        superuser.batch_execute("CREATE EXTENSION eryxon_mcp").await.expect("the extension");
    }
    for role in ["member", "service", "backup", "nobody"] {
        let may = format!(
            "SELECT count(*) FROM mcp_privileges() l JOIN pg_proc p ON p.proname = l.object AND l.kind = 'function'
              WHERE has_function_privilege('{role}', p.oid, 'EXECUTE')"
        );
        assert_eq!(db.count(&may), 0, "{role}");
    }
}

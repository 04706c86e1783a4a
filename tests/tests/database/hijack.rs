//! No code of others runs with our rights: functions, operators, aggregates, casts, types and tables that match better than PostgreSQL's or ours, in
//! every schema that could be on a path.

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::database::one_installs;
use eryxon_mcp_tests::{Database, Key, Session, Tool, demo_id};
use serde_json::json;
use tokio_postgres::types::Type;

/// The paths of the caller. In the last one, `pg_catalog` does not come first.
const PATHS: [&str; 2] = ["mallory, hostile, public, mes", "pg_temp, mallory, hostile, mes, public, pg_catalog"];

/// A database full of traps, and a login that owns them and may call everything that a gateway or a member may.
struct Trapped {
    db: Database,
    mallory: String,
    key: Key,
}

impl Trapped {
    fn new() -> Self {
        let db = Database::fresh();
        let key = db.key("A");
        db.psql("UPDATE mcp_authentication_keys SET rate_limit = 5000");
        // Roles belong to the cluster, which other tests use at the same time.
        let mallory = format!("mallory_{}", db.name());
        db.psql(&format!(
            "CREATE ROLE {mallory} LOGIN; SELECT mcp_grant_member('{mallory}'); GRANT eryxon_mcp_gateway TO {mallory};
             -- A member of the gateway's role alone could not run any SQL of its own.
             CREATE ROLE friends_of_{mallory}; GRANT friends_of_{mallory} TO {mallory}"
        ));
        db.psql(&include_str!("hijack.sql").replace("TO mallory", &format!("TO {mallory}")));
        Self { db, mallory, key }
    }

    /// A session with such a path, and with views in its temporary schema that are named like our tables.
    async fn session(&self, login: &str, path: &str) -> Session {
        let session = self.db.login(login).await;
        let tables =
            self.db.psql("SELECT relname FROM pg_class WHERE relnamespace = 'hostile'::regnamespace AND relkind = 'v'");
        for table in tables.lines() {
            let view = format!("CREATE TEMP VIEW {table} AS SELECT traps.sprung('pg_temp.{table}') AS id");
            session.batch_execute(&view).await.expect("a temporary view");
        }
        session.batch_execute(&format!("SET search_path = {path}")).await.expect("a path");
        session
    }

    /// The traps that ran since the last call as somebody else than mallory. A cast of the MES owner's own type may run inside the sandbox.
    fn sprung(&self, session: &Session) -> Vec<String> {
        let mut traps = session.notices();
        traps.retain(|notice| notice.starts_with("trap ") && !notice.ends_with(&format!(" ran as {}", self.mallory)));
        traps.retain(|notice| {
            !(notice.contains("cast to ")
                && (notice.ends_with(" ran as eryxon_mcp_tenant") || notice.ends_with(" ran as eryxon_mcp_recorder")))
        });
        traps.sort();
        traps.dedup();
        traps
    }
}

/// Runs a statement whose own text leaves nothing to look up.
async fn run(session: &Session, sql: &str, params: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)]) {
    session.query_typed(sql, params).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

#[tokio::test]
async fn what_a_gateway_calls_runs_no_code_of_others() {
    let trapped = Trapped::new();
    let secret = trapped.key.secret.as_str();
    let wrong_secret = format!("{}{}", trapped.key.prefix, "x".repeat(32));
    let unknown = format!("mcp_live_{}", "x".repeat(43));
    for path in PATHS {
        let session = trapped.session(&trapped.mallory, path).await;
        // The traps are laid: the caller's own statements run into them.
        session.batch_execute("SELECT lower('A'::pg_catalog.varchar)").await.expect("a statement");
        let own = session.notices();
        assert!(own.iter().any(|notice| notice.contains("lower(varchar) ran as mallory")), "{own:?}");
        for key in ["x", &unknown, &wrong_secret] {
            for _ in 0..2 {
                assert_eq!(call_tool(&session, key, "fetch_jobs", json!({})).await, "authentication_error");
            }
        }
        assert_eq!(call_tool(&session, secret, "no_such_tool", json!({})).await, "unknown_tool");
        let one = [(&secret as &(dyn tokio_postgres::types::ToSql + Sync), Type::TEXT)];
        run(&session, "SELECT public.mcp_list_tools($1)", &one).await;
        run(&session, "SELECT public.validate_mcp_key($1)", &one).await;
        let beat = "SELECT public.mcp_heartbeat($1, 'online'::pg_catalog.text, 1, '{}'::pg_catalog.jsonb)";
        run(&session, beat, &one).await;
        assert_eq!(trapped.sprung(&session), [""; 0], "with the path {path}");
    }
}

#[tokio::test]
async fn no_tool_runs_code_of_others() {
    let trapped = Trapped::new();
    for (path, tools) in PATHS.iter().zip([Tool::all(&trapped.db), Tool::all(&trapped.db)]) {
        let session = trapped.session(&trapped.mallory, path).await;
        for tool in &tools {
            for example in tool.examples.iter().chain(tool.errors.iter().map(|case| &case.example)) {
                // The examples are for four tenants; what a statement is resolved to does not depend on whether it finds anything.
                let outcome = call_tool(&session, &trapped.key.secret, &tool.name, example.arguments.clone()).await;
                assert_ne!(outcome, "internal", "{} {}", tool.name, example.named);
                assert_eq!(trapped.sprung(&session), [""; 0], "{} with the path {path}", tool.name);
            }
        }
    }
}

#[tokio::test]
async fn what_members_and_operators_call_runs_no_code_of_others() {
    let trapped = Trapped::new();
    let admin = trapped.db.psql(&format!(
        "SET search_path = pg_catalog; SELECT id FROM mes.profiles WHERE tenant_id = '{}' AND role = 'admin' AND active LIMIT 1",
        demo_id("A")
    ));
    let (tenant, key) = (demo_id("A"), trapped.key.id);
    let text = "::pg_catalog.text";
    let uuid = "::pg_catalog.uuid";
    let statements = [
        format!("SELECT public.get_mcp_key_stats('{key}'{uuid})"),
        format!("SELECT public.check_mcp_tool_permission('{key}'{uuid}, 'fetch_jobs'{text})"),
        "SELECT public.get_tenant_info()".to_owned(),
        "SELECT public.get_mcp_server_config()".to_owned(),
        format!("SELECT public.update_mcp_server_health('{tenant}'{uuid}, 'online'{text})"),
        format!("SELECT public.log_mcp_server_activity('{tenant}'{uuid}, 'x'{text}, 'y'{text})"),
        format!("SELECT public.rotate_mcp_key('{key}'{uuid})"),
        "SELECT id, name FROM public.mcp_authentication_keys".to_owned(),
        "SELECT count(*) FROM public.mcp_key_usage_logs".to_owned(),
        "UPDATE public.mcp_authentication_keys SET allowed_tools = '[\"fetch_jobs\"]', rate_limit = 10".to_owned(),
    ];
    let of_operators = [
        format!(
            "SELECT public.log_mcp_key_usage('{tenant}'{uuid}, '{key}'{uuid}, 'x'{text}, '{{}}'::pg_catalog.jsonb)"
        ),
        "SELECT public.mcp_mes_missing('mes'::pg_catalog.text)".to_owned(),
        format!(
            "BEGIN; SELECT public.mcp_as_tenant('{tenant}'{uuid}); SELECT public.fetch_jobs('{{}}'::pg_catalog.jsonb); \
             SELECT public.get_dashboard_stats('{{}}'::pg_catalog.jsonb); COMMIT"
        ),
    ];
    for (number, path) in PATHS.iter().enumerate() {
        let member = trapped.session(&trapped.mallory, path).await;
        let claims = format!("SET request.jwt.claims = '{{\"sub\": \"{admin}\"}}'");
        member.batch_execute(&claims).await.expect("claims");
        let operator = trapped.session("postgres", path).await;
        operator.notices();
        for (who, session) in [("member", &member), ("operator", &operator)] {
            let generate = format!("SELECT public.generate_mcp_key('{tenant}'{uuid}, '{who} {number}'{text})");
            let more = if who == "operator" { &of_operators[..] } else { &[] };
            for statement in std::iter::once(&generate).chain(&statements).chain(more) {
                session.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
                assert_eq!(trapped.sprung(session), [""; 0], "{who}: {statement}");
            }
        }
    }
}

/// Nothing that is not in this list looks up a name when it runs, or runs with a path that a caller chooses.
#[tokio::test]
async fn every_function_has_the_path_on_which_nobody_can_create_anything() {
    let db = Database::fresh();
    let others = db.psql(
        "SELECT p.oid::regprocedure FROM pg_proc p
          WHERE (p.pronamespace = 'mes'::regnamespace
                 OR EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                             WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' AND e.extname = 'eryxon_mcp'))
            AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
            AND NOT EXISTS (SELECT FROM mcp_tool_catalog() t WHERE p.proname = t.name AND NOT p.prosecdef
                             AND p.prosrc = format('SELECT public.mcp_run_tool(%L::pg_catalog.text, p_arguments)', t.name))
          ORDER BY p.proname",
    );
    // They run no SQL, or (mcp_read_…) only in the sandbox, which sets the path.
    let without_path = [
        "current_mcp_person()",
        "current_mcp_tenant()",
        "mcp_as_tenant(uuid)",
        "mcp_caller_is_operator()",
        "mcp_check_allowed_tools(jsonb)",
        "mcp_fold(text)",
        "mcp_library_version()",
        "mcp_name_forms(text)",
        "mcp_read_profile(text,uuid)",
        "mcp_read_tenant(text,uuid)",
        "mcp_scram_verifier(text)",
        "mcp_state_tables()",
        "mcp_tenant_exists(uuid)",
        "mcp_tool_catalog()",
        "mcp_tool_error_codes()",
        "mes_demo_id(text)",
    ];
    assert_eq!(others.lines().collect::<Vec<_>>(), without_path);
}

/// The extension's schema is found in the catalog.
#[tokio::test]
#[expect(
    clippy::await_holding_lock,
    reason = "each test has its own thread and runtime, so that only other tests wait"
)]
async fn a_session_finds_the_extension_in_another_schema() {
    let db = Database::fresh();
    let session = db.superuser().await;
    let anew = "DROP EXTENSION eryxon_mcp CASCADE; CREATE SCHEMA another; CREATE EXTENSION eryxon_mcp SCHEMA another;
                SELECT another.mcp_attach_mes('mes')";
    let mut key = String::new();
    for (change, schema) in
        [("SELECT 1", "public"), (anew, "another"), ("ALTER SCHEMA another RENAME TO renamed", "renamed")]
    {
        {
            let _one = one_installs();
            session.batch_execute(change).await.expect(change);
        }
        // PL/pgSQL's functions hold the name with which the extension was installed.
        if schema != "renamed" {
            key =
                session.text(&format!("SELECT api_key FROM {schema}.generate_mcp_key('{}', 'k')", demo_id("A"))).await;
            let answer = session.text(&format!("SELECT {schema}.mcp_call_tool('{key}', 'fetch_jobs')::text")).await;
            assert!(answer.contains(r#""isError": false"#), "after {change}: {answer}");
        }
        let answer = session.text(&format!("SELECT {schema}.mcp_list_tools('{key}')::text")).await;
        assert!(answer.contains("fetch_jobs"), "after {change}: {answer}");
    }
}

/// Calls a tool by a statement whose own text leaves nothing to look up.
async fn call_tool(session: &Session, key: &str, tool: &str, arguments: serde_json::Value) -> String {
    let sql = "SELECT public.mcp_call_tool($1, $2, $3, $4)";
    let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 4] = [
        (&key, Type::TEXT),
        (&tool, Type::TEXT),
        (&arguments, Type::JSONB),
        (&json!({"name": "mallory"}), Type::JSONB),
    ];
    let rows = session.query_typed(sql, &params).await.unwrap_or_else(|error| panic!("{tool}: {error:?}"));
    outcome(&rows[0].get(0)).to_owned()
}

//! The second layer: what a wrong grant does not open, and installations that do not come to be.

use eryxon_mcp_tests::Database;
use eryxon_mcp_tests::database::one_installs;

/// Functions that nobody is granted and that check nothing inside, because they show nothing but the catalog or a hash of their argument;
/// tools check by `mcp_run_tool`.
const UNGUARDED: [&str; 3] = ["(tools)", "mcp_scram_verifier", "mes_demo_id"];

#[tokio::test]
async fn a_wrong_grant_does_not_open_a_function_for_operators() {
    let db = Database::fresh();
    let role = format!("wrong_{}", db.name());
    db.psql(&format!(
        "CREATE ROLE {role}; GRANT USAGE ON SCHEMA public TO {role}; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}"
    ));
    let calls = db.psql(&format!(
        "SELECT l.object || '|' || coalesce((SELECT string_agg('NULL::' || format_type(t, NULL), ', ') FROM unnest(p.proargtypes::oid[]) t), '')
           FROM mcp_privileges() l LEFT JOIN pg_proc p ON p.proname = l.object AND p.pronamespace = 'public'::regnamespace
          WHERE l.kind = 'function' AND l.grantee = 'nobody' AND coalesce(p.prorettype, 0) <> 'trigger'::regtype
            AND l.object <> ALL ('{{{}}}')",
        UNGUARDED.join(",")
    ));
    assert!(calls.lines().count() >= 9, "{calls}");
    let session = db.superuser().await;
    session.batch_execute(&format!("SET SESSION AUTHORIZATION {role}")).await.expect("the role exists");
    for call in calls.lines().chain(["fetch_jobs|'{}'"]) {
        let (name, arguments) = call.split_once('|').expect("two fields");
        let tenant = arguments.replacen("NULL::uuid", "gen_random_uuid()", 1).replacen("NULL::text", "'x'", 2);
        for arguments in [arguments, &tenant] {
            let statement = format!("SELECT {name}({arguments})");
            let error = session.batch_execute(&statement).await.expect_err(&statement);
            let error = error.as_db_error().expect("an SQL error");
            if error.code().code() == "22023" && name == "log_mcp_key_usage" {
                continue;
            }
            assert_eq!(error.code().code(), "42501", "{statement}: {}", error.message());
            assert!(
                !error.message().starts_with("permission denied for function public"),
                "{statement}: {}",
                error.message()
            );
        }
    }
}

/// A function of somebody else that a superuser calls is not the superuser.
#[tokio::test]
async fn code_of_others_that_runs_for_a_superuser_is_no_operator() {
    let db = Database::fresh();
    let role = format!("mallory_{}", db.name());
    db.psql(&format!(
        "CREATE ROLE {role}; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}; GRANT CREATE ON DATABASE {} TO {role};
         SET ROLE {role}; CREATE SCHEMA trap;
         CREATE FUNCTION trap.definer() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT public.mcp_as_tenant(gen_random_uuid())::text';
         CREATE FUNCTION trap.indexed(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT public.mcp_as_tenant(gen_random_uuid())::text';
         CREATE FUNCTION trap.minting(int) RETURNS text LANGUAGE sql IMMUTABLE AS
             'SELECT api_key FROM public.generate_mcp_key(public.mes_demo_id(''A''), ''Mine'')';
         CREATE TABLE trap.rows (a int); CREATE INDEX ON trap.rows (trap.indexed(a));
         CREATE TABLE trap.keys (a int); CREATE INDEX ON trap.keys (trap.minting(a))",
        db.name()
    ));
    let session = db.superuser().await;
    for statement in [
        "SELECT trap.definer()",
        "INSERT INTO trap.rows VALUES (1)",
        "SELECT mcp_as_tenant(gen_random_uuid()), trap.definer()",
    ] {
        let code = session
            .batch_execute(statement)
            .await
            .err()
            .and_then(|error| error.code().map(|code| code.code().to_owned()));
        // An index expression of an INSERT runs as the one who inserts; only maintenance switches to the owner.
        let expected = if statement.starts_with("INSERT") { None } else { Some("42501") };
        assert_eq!(code.as_deref(), expected, "{statement}");
    }
    assert_eq!(session.sqlstate("REINDEX TABLE trap.rows").await, "42501");
    // In a SECURITY DEFINER function of ours, the current user is its owner and says nothing about the caller.
    session
        .batch_execute("ALTER TABLE trap.keys DISABLE TRIGGER ALL; INSERT INTO trap.keys VALUES (1)")
        .await
        .expect("a key for the superuser");
    session.batch_execute("DELETE FROM mcp_keys WHERE name = 'Mine'").await.expect("and none again");
    for maintenance in ["REINDEX TABLE trap.keys", "ANALYZE trap.keys"] {
        assert_eq!(session.sqlstate(maintenance).await, "42501", "{maintenance}");
    }
}

/// An event trigger of the host gives a privilege back whenever one is taken off.
#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "each test has its own runtime and thread")]
async fn an_installation_whose_privileges_would_differ_from_the_list_is_refused() {
    let db = Database::empty();
    let role = format!("favoured_{}", db.name());
    db.psql(&format!(
        "CREATE ROLE {role}; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role};
         CREATE FUNCTION give_back() RETURNS event_trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF to_regclass('public.mcp_settings') IS NOT NULL THEN
                 GRANT SELECT ON public.mcp_settings TO {role};
             END IF;
         END $$;
         CREATE EVENT TRIGGER give_back ON ddl_command_end WHEN TAG IN ('REVOKE') EXECUTE FUNCTION give_back()"
    ));
    let session = db.superuser().await;
    let refused = {
        let _one = one_installs();
        refusal(&session, "CREATE EXTENSION eryxon_mcp").await
    };
    assert_eq!(refused, ("55000".to_owned(), format!("table public.mcp_settings: {role} may SELECT")));
}

async fn refusal(session: &eryxon_mcp_tests::Session, statement: &str) -> (String, String) {
    let error = session.batch_execute(statement).await.expect_err(statement);
    let error = error.as_db_error().expect("an SQL error");
    (error.code().code().to_owned(), error.detail().unwrap_or_default().to_owned())
}

//! Who has which rights on the MES tables, and what a superuser's functions demand of them.

use eryxon_mcp_tests::{Database, demo_id};

#[tokio::test]
async fn the_extensions_owner_has_no_right_on_any_table_of_the_host() {
    let db = Database::fresh();
    let rights = |role: &str| {
        db.psql(&format!(
            "SELECT c.relname || ' ' || p
               FROM pg_class c CROSS JOIN unnest('{{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}}'::text[]) p
              WHERE c.relnamespace = 'mes'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
                AND CASE WHEN p IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') THEN has_any_column_privilege('{role}', c.oid, p)
                         ELSE has_table_privilege('{role}', c.oid, p) END
              ORDER BY 1"
        ))
    };
    let policies = |role: &str| {
        db.psql(&format!(
            "SELECT p.polrelid::regclass || ' ' || p.polname || ' ' || p.polcmd::text
               FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
              WHERE c.relnamespace = 'mes'::regnamespace AND '{role}'::regrole = ANY (p.polroles) ORDER BY 1"
        ))
    };
    assert_eq!((rights("eryxon_mcp_owner"), policies("eryxon_mcp_owner")), (String::new(), String::new()));
    assert_eq!(rights("eryxon_mcp_recorder"), "activity_log INSERT");
    assert_eq!(
        policies("eryxon_mcp_recorder").lines().collect::<Vec<_>>(),
        [
            "mes.activity_log eryxon_mcp_record a",
            "mes.activity_log eryxon_mcp_record_tenant_only_until_mcp_detach_mes *"
        ]
    );
    assert_eq!(db.psql("SELECT has_schema_privilege('eryxon_mcp_owner', 'mes', 'USAGE')"), "f");
    assert_ne!(rights("eryxon_mcp_tenant"), "");
    // What was given is taken again.
    db.psql("SELECT mcp_detach_mes('mes')");
    for role in ["eryxon_mcp_owner", "eryxon_mcp_recorder", "eryxon_mcp_tenant"] {
        assert_eq!((rights(role), policies(role)), (String::new(), String::new()), "{role}");
    }
}

#[tokio::test]
async fn the_recorder_adds_activity_of_the_calls_tenant_only() {
    let db = Database::fresh();
    let superuser = db.superuser().await;
    superuser.batch_execute("SET ROLE eryxon_mcp_recorder").await.unwrap();
    for statement in [
        format!("INSERT INTO mes.activity_log (tenant_id, action) VALUES ('{}', 'forged')", demo_id("A")),
        "SELECT 1 FROM mes.activity_log".to_owned(),
        "UPDATE mes.activity_log SET action = 'forged'".to_owned(),
        "DELETE FROM mes.activity_log".to_owned(),
        "SELECT 1 FROM mes.tenants".to_owned(),
        "SELECT 1 FROM public.mcp_authentication_keys".to_owned(),
        "SELECT public.get_tenant_info()".to_owned(),
        "SELECT public.mcp_as_tenant(NULL)".to_owned(),
    ] {
        assert_eq!(superuser.sqlstate(&statement).await, "42501", "{statement}");
    }
}

#[tokio::test]
async fn what_writes_as_a_superuser_refuses_where_something_belongs_to_others() {
    let db = Database::fresh();
    let other = format!("other_{}", db.name());
    db.psql(&format!(
        "CREATE ROLE {other}; GRANT CREATE, USAGE ON SCHEMA public TO {other};
         SET ROLE {other};
         CREATE FUNCTION public.of_other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE FUNCTION public.value_of_other() RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
         RESET ROLE; REVOKE CREATE ON SCHEMA public FROM {other}"
    ));
    let superuser = db.superuser().await;
    for (change, object) in [
        (format!("ALTER TABLE mes.cells OWNER TO {other}"), "table mes.cells"),
        (
            "CREATE TRIGGER t BEFORE INSERT ON mes.cells FOR EACH ROW EXECUTE FUNCTION public.of_other()".to_owned(),
            "function public.of_other()",
        ),
        (
            "ALTER TABLE mes.cells ALTER color SET DEFAULT public.value_of_other()".to_owned(),
            "function public.value_of_other()",
        ),
        (
            "ALTER TABLE mes.cells ADD CHECK (public.value_of_other() IS NULL)".to_owned(),
            "function public.value_of_other()",
        ),
        (
            "CREATE INDEX ON mes.cells ((public.value_of_other() IS NULL))".to_owned(),
            "function public.value_of_other()",
        ),
        (
            "CREATE RULE r AS ON INSERT TO mes.cells DO ALSO SELECT public.value_of_other()".to_owned(),
            "function public.value_of_other()",
        ),
        (format!("GRANT CREATE ON SCHEMA mes TO {other}"), "schema mes, in which others may CREATE,"),
        (format!("ALTER SCHEMA mes OWNER TO {other}"), "schema mes"),
        (format!("ALTER TYPE mes.job_status OWNER TO {other}"), "type mes.job_status"),
        (format!("ALTER FUNCTION mes.mes_touch() OWNER TO {other}"), "function mes.mes_touch()"),
    ] {
        // An index takes immutable functions only, in name.
        superuser.batch_execute("BEGIN; ALTER FUNCTION public.value_of_other() IMMUTABLE").await.unwrap();
        superuser.batch_execute(&change).await.expect(&change);
        for statement in ["SELECT mes_seed_demo()", "SELECT mes_seed_load('M')", "SELECT mes_create_schema('mes')"] {
            superuser.batch_execute("SAVEPOINT t").await.unwrap();
            let error = superuser.batch_execute(statement).await.expect_err(statement);
            let error = error.as_db_error().expect("an SQL error");
            let message = format!("{object} belongs to {other}, who is no superuser");
            assert_eq!((error.code().code(), error.message()), ("55000", message.as_str()), "{change}: {statement}");
            superuser.batch_execute("ROLLBACK TO t").await.unwrap();
        }
        superuser.batch_execute("ROLLBACK").await.unwrap();
    }
    assert_eq!(db.psql("SELECT count(*) FROM mcp_mes_of_others('mes')"), "0");
    superuser.batch_execute("SELECT mes_seed_demo()").await.unwrap();
}

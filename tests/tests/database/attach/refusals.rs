//! What is refused before anything is changed.

use eryxon_mcp_tests::Database;
use eryxon_mcp_tests::database::one_installs;

use super::{difference, host, install};

/// What a failing statement says: SQLSTATE, message, detail and hint.
async fn refusal(db: &Database, statement: &str) -> [String; 4] {
    let error = db.superuser().await.batch_execute(statement).await.expect_err(statement);
    let error = error.as_db_error().unwrap_or_else(|| panic!("{error:?}"));
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    [error.code().code().to_owned(), error.message().to_owned(), text(error.detail()), text(error.hint())]
}

#[tokio::test]
async fn row_level_security_is_not_switched_on_unasked() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql("ALTER TABLE mes.jobs DISABLE ROW LEVEL SECURITY; ALTER TABLE mes.parts DISABLE ROW LEVEL SECURITY");
    let before = db.schema_dump();
    let [sqlstate, message, detail, hint] = refusal(&db, "SELECT eryxon_mcp.mcp_attach_mes('mes')").await;
    assert_eq!(sqlstate, "55000", "{message}");
    assert!(message.starts_with("row-level security is off on 2 of the tables of schema \"mes\""), "{message}");
    assert!(
        detail.starts_with("Off: mes.jobs, mes.parts. SELECT eryxon_mcp.mcp_attach_mes('mes', p_enable_rls := true);"),
        "{detail}"
    );
    assert_eq!(difference(&before, &db.schema_dump()), "");
    // The hint is the way, as it is pasted.
    assert_eq!(
        hint,
        "ALTER TABLE mes.jobs ENABLE ROW LEVEL SECURITY;\nALTER TABLE mes.parts ENABLE ROW LEVEL SECURITY;\nSELECT eryxon_mcp.mcp_attach_mes('mes');"
    );
    db.psql(&hint);
    assert_eq!(db.count("SELECT count(*) FROM eryxon_mcp.mcp_attached_objects WHERE kind = 'row security'"), 0);
}

#[tokio::test]
async fn a_table_that_the_tools_role_would_own_is_refused() {
    let db = host("NOBYPASSRLS");
    install(&db);
    for (owner, by_membership) in [("eryxon_mcp_tenant", false), ("eryxon_mcp_recorder", false), ("a member's", true)] {
        let session = db.superuser().await;
        let role = format!("owner_{}", db.name());
        let change = if by_membership {
            format!("CREATE ROLE {role}; GRANT {role} TO eryxon_mcp_tenant; ALTER TABLE mes.jobs OWNER TO {role}")
        } else {
            format!("ALTER TABLE mes.jobs OWNER TO {owner}")
        };
        session.batch_execute(&format!("BEGIN; {change}")).await.unwrap();
        let error = session.batch_execute("SELECT eryxon_mcp.mcp_attach_mes('mes')").await.expect_err(owner);
        let error = error.as_db_error().expect("an SQL error");
        assert_eq!(error.code().code(), "55000");
        assert!(error.message().starts_with("row-level security would not hold the role of the tools"), "{error:?}");
        assert_eq!(error.hint(), Some("ALTER TABLE mes.jobs OWNER TO postgres;"));
        session.batch_execute("ROLLBACK").await.unwrap();
    }
}

#[tokio::test]
async fn the_demo_is_not_loaded_into_an_applications_tables() {
    let db = host("NOBYPASSRLS");
    install(&db);
    db.psql("DROP FUNCTION mes.mes_touch() CASCADE; SELECT eryxon_mcp.mcp_attach_mes('mes')");
    for statement in ["SELECT eryxon_mcp.mes_seed_demo()", "SELECT eryxon_mcp.mes_seed_load('M')"] {
        let [sqlstate, message, detail, hint] = refusal(&db, statement).await;
        assert_eq!(sqlstate, "55000");
        assert_eq!(
            message,
            "schema \"mes\" was not made by mes_create_schema, and invented rows are not put into an application's tables"
        );
        assert_eq!((detail.as_str(), hint.as_str()), ("", "Load them in a database of their own."));
    }
}

#[tokio::test]
#[expect(clippy::await_holding_lock, reason = "each test has its own runtime and thread")]
async fn a_database_of_another_encoding_is_refused() {
    let db = Database::empty();
    let cluster = db.cluster();
    let name = format!("latin1_{}", db.name());
    cluster.psql("postgres", &format!("CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"));
    let _one = one_installs();
    let [sqlstate, message, ..] = refusal(&db.renamed(&name), "CREATE EXTENSION eryxon_mcp").await;
    assert_eq!(
        (sqlstate.as_str(), message),
        ("0A000", format!("the encoding of database \"{name}\" is LATIN1, and eryxon_mcp needs UTF8"))
    );
}

//! Neither the extension nor the MES tables are put where others may create objects, and a column's type is the one that is meant.

use eryxon_mcp_tests::Database;
use eryxon_mcp_tests::database::one_installs;

/// What a statement that fails says: SQLSTATE, message, hint.
#[expect(
    clippy::await_holding_lock,
    reason = "each test has its own thread and runtime, so that only other tests wait"
)]
async fn refusal(db: &Database, statement: &str) -> (String, String, String) {
    let _one = one_installs();
    let error = db.superuser().await.batch_execute(statement).await.expect_err(statement);
    let error = error.as_db_error().unwrap_or_else(|| panic!("{error:?}"));
    (error.code().code().to_owned(), error.message().to_owned(), error.hint().unwrap_or_default().to_owned())
}

/// The warnings that a statement gives.
#[expect(
    clippy::await_holding_lock,
    reason = "each test has its own thread and runtime, so that only other tests wait"
)]
async fn warnings(db: &Database, statement: &str) -> Vec<String> {
    let _one = one_installs();
    let session = db.superuser().await;
    session.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    let mut warnings = session.notices();
    warnings.retain(|notice| notice.starts_with("schema "));
    warnings
}

fn of_public(roles: &str) -> String {
    format!("in schema \"public\", others than superusers and its owner may create objects: {roles}")
}

#[tokio::test]
async fn an_installation_where_others_may_create_objects_is_refused() {
    let db = Database::empty();
    let someone = format!("someone_{}", db.name());
    db.psql(&format!(
        "CREATE ROLE {someone}; GRANT CREATE ON SCHEMA public TO postgres, PUBLIC; GRANT CREATE ON SCHEMA public TO {someone} WITH GRANT OPTION"
    ));
    let (sqlstate, message, hint) = refusal(&db, "CREATE EXTENSION eryxon_mcp").await;
    assert_eq!((sqlstate.as_str(), message), ("55000", of_public(&format!("PUBLIC, {someone}"))));
    db.psql(&hint);
    assert_eq!(warnings(&db, "CREATE EXTENSION eryxon_mcp").await, [""; 0], "after what the hint says");
    // And the MES tables, by either way.
    db.psql(&format!("GRANT CREATE ON SCHEMA public TO {someone}"));
    for statement in ["SELECT mes_create_schema()", "SELECT mcp_attach_mes()", "SELECT mes_create_schema('another')"] {
        let (sqlstate, message, hint) = refusal(&db, statement).await;
        assert_eq!((sqlstate.as_str(), message), ("55000", of_public(&someone)), "{statement}");
        assert_eq!(hint, format!("REVOKE CREATE ON SCHEMA public FROM {someone};"));
    }
    db.psql(&format!("REVOKE CREATE ON SCHEMA public FROM {someone}; SELECT mes_create_schema()"));
    db.psql("GRANT CREATE ON SCHEMA public TO PUBLIC");
    for statement in ["SELECT mcp_attach_mes()", "SELECT mes_seed_demo()", "SELECT mes_seed_load('M')"] {
        assert_eq!(refusal(&db, statement).await.1, of_public("PUBLIC"), "{statement}");
    }
    let writers = "SELECT role_name, is_owner, statement FROM mcp_schema_writers('public')";
    assert_eq!(db.psql(writers), "PUBLIC|f|REVOKE CREATE ON SCHEMA public FROM PUBLIC;");
}

#[tokio::test]
async fn a_schemas_owner_who_is_no_superuser_is_named() {
    let db = Database::empty();
    let owner = format!("owner_{}", db.name());
    // PostgreSQL 15's own setting: public belongs to pg_database_owner.
    db.psql(&format!(
        "CREATE ROLE {owner}; ALTER DATABASE {} OWNER TO {owner}; CREATE SCHEMA own; CREATE SCHEMA shop",
        db.name()
    ));
    let could = |schema: &str, what: &str| {
        format!("schema \"{schema}\" belongs to {owner}, who is no superuser and could {what}")
    };
    let replace = "replace the functions of this extension by others, to which the callers would give their keys";
    assert_eq!(warnings(&db, "CREATE EXTENSION eryxon_mcp").await, [could("public", replace)]);
    db.psql("DROP EXTENSION eryxon_mcp");
    assert_eq!(warnings(&db, "CREATE EXTENSION eryxon_mcp SCHEMA own").await, [""; 0], "of a superuser's schema");
    db.psql(&format!("SELECT own.mes_create_schema('shop'); ALTER SCHEMA shop OWNER TO {owner}"));
    let change = "read and change what tools do for each tenant, by triggers and policies of the tables";
    assert_eq!(warnings(&db, "SELECT own.mcp_attach_mes('shop')").await, [could("shop", change)]);
    assert_eq!(
        db.psql("SELECT role_name, is_owner, statement FROM own.mcp_schema_writers('shop')"),
        format!("{owner}|t|")
    );
}

#[tokio::test]
async fn a_type_of_the_same_name_in_another_schema_is_reported_as_missing() {
    let db = Database::fresh();
    db.psql(
        "CREATE SCHEMA other; CREATE TYPE other.assignment_status AS ENUM ('assigned');
         CREATE DOMAIN mes.uuid AS pg_catalog.uuid",
    );
    for (change, missing) in [
        (
            "ALTER TABLE mes.assignments ALTER status DROP DEFAULT, ALTER status TYPE other.assignment_status USING 'assigned'",
            "column assignments.status of type assignment_status (it is other.assignment_status)",
        ),
        (
            "ALTER TABLE mes.substeps ALTER completed_by TYPE mes.uuid",
            "column substeps.completed_by of type uuid (it is mes.uuid)",
        ),
    ] {
        let script = format!(
            "BEGIN; {change}; SELECT missing FROM mcp_mes_missing('mes') WHERE missing LIKE 'column%'; ROLLBACK"
        );
        assert_eq!(db.psql(&script), missing, "{change}");
    }
}

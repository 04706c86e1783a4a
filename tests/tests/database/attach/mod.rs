//! Attaching and detaching: what it changes, what it leaves, and what it refuses.

mod check;
mod host_rules;
mod locks;
mod names;
mod refusals;
mod trace;
mod waits;
mod written;

use eryxon_mcp_tests::Database;
use eryxon_mcp_tests::database::one_installs;
use eryxon_mcp_tests::mes_owner::give_tables;

/// A database as an application has it: the MES tables in the schema `mes` and nothing of the extension, all owned by a login that is no
/// superuser (and bypasses row-level security, or not).
fn host(attributes: &str) -> Database {
    let db = Database::fresh();
    let owner = owner(&db);
    let _one = one_installs();
    db.psql(&format!(
        "SELECT mcp_detach_mes('mes'); DROP EXTENSION eryxon_mcp CASCADE;
         DROP OWNED BY eryxon_mcp_owner, eryxon_mcp_gateway, eryxon_mcp_tenant, eryxon_mcp_recorder;
         CREATE ROLE {owner} LOGIN {attributes}; GRANT USAGE ON SCHEMA mes TO {owner};
         -- The default of these columns was a function of the extension.
         CREATE FUNCTION mes.link_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF TG_TABLE_NAME = 'operation_resources' THEN
                 NEW.tenant_id := (SELECT o.tenant_id FROM mes.operations o WHERE o.id = NEW.operation_id);
             ELSE
                 NEW.tenant_id := (SELECT q.tenant_id FROM mes.operation_quantities q WHERE q.id = NEW.operation_quantity_id);
             END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER link_tenant BEFORE INSERT ON mes.operation_resources FOR EACH ROW EXECUTE FUNCTION mes.link_tenant();
         CREATE TRIGGER link_tenant BEFORE INSERT ON mes.operation_quantity_scrap_reasons FOR EACH ROW EXECUTE FUNCTION mes.link_tenant()"
    ));
    give_tables(&db, &owner);
    db
}

fn owner(db: &Database) -> String {
    format!("app_{}", db.name())
}

/// Installs the extension in a schema of its own, as its documentation says.
fn install(db: &Database) {
    let _one = one_installs();
    db.psql("CREATE SCHEMA eryxon_mcp; CREATE EXTENSION eryxon_mcp SCHEMA eryxon_mcp");
}

/// Detaches, and runs every statement that detaching prints.
fn leave(db: &Database, schema: &str) {
    let _one = one_installs();
    let statements = db.psql(&format!(
        "SELECT coalesce(statement, '') FROM eryxon_mcp.mcp_detach_mes('{schema}', p_empty_side_tables := true)"
    ));
    assert!(statements.contains("DROP EXTENSION eryxon_mcp;"), "{statements}");
    // Before DROP OWNED, which would hide what detaching forgets.
    let forgotten = db.psql(
        "SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_shdepend d
          WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND d.refobjid IN ('eryxon_mcp_tenant'::regrole, 'eryxon_mcp_recorder'::regrole) AND d.refclassid = 'pg_authid'::regclass
            AND d.objid <> 'eryxon_mcp'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
            AND NOT EXISTS (SELECT FROM pg_policy p JOIN pg_depend e ON e.objid = p.polrelid AND e.deptype = 'e' WHERE p.oid = d.objid)",
    );
    assert_eq!(forgotten, "");
    for statement in statements.lines().filter(|statement| !statement.is_empty()) {
        db.psql(statement);
    }
}

/// What `mcp_doctor` finds about the extension's objects and the attached tables. The cluster's roles and settings are those of all tests.
fn findings(db: &Database) -> String {
    db.psql(
        "SELECT object || ': ' || reason FROM (SELECT * FROM eryxon_mcp.mcp_findings_of_objects()
         UNION ALL SELECT * FROM eryxon_mcp.mcp_findings_of_mes()) t ORDER BY 1",
    )
}

/// The first lines in which two dumps differ.
fn difference(one: &str, other: &str) -> String {
    let differ = |(a, b): &(&str, &str)| a != b;
    let first = one.lines().zip(other.lines()).find(differ);
    match first {
        Some((a, b)) => format!("- {a}\n+ {b}"),
        None if one.len() != other.len() => "one is longer".to_owned(),
        None => String::new(),
    }
}

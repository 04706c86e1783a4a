//! A login that owns the MES tables and is no superuser, and its spies.

use crate::database::{Database, Session};

/// A function that reports as whom it runs and whether it can read what only the extension's owner may.
const SPY: &str = "
CREATE FUNCTION mes.spy() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM key_hash FROM public.mcp_authentication_keys;
    RAISE NOTICE 'spy is % and reads', current_user;
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'spy is % and refused', current_user;
    RETURN true;
END $$;
CREATE FUNCTION mes.spy_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mes.spy();
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION mes.spy() TO PUBLIC;";

/// Gives the MES schema and all that is in it to a login of its own, and returns a session of it, in which `mes.spy()` and the trigger
/// function `mes.spy_trigger()` exist.
///
/// # Panics
/// If that fails.
pub async fn take_over(db: &Database) -> Session {
    let owner = format!("owner_of_{}", db.name());
    db.psql(&format!("CREATE ROLE {owner} LOGIN; ALTER SCHEMA mes OWNER TO {owner}"));
    give(
        db,
        &format!(
            "SELECT format('ALTER FUNCTION %s OWNER TO {owner}', oid::regprocedure) FROM pg_proc WHERE pronamespace = 'mes'::regnamespace"
        ),
    );
    give_tables(db, &owner);
    let session = db.login(&owner).await;
    session.batch_execute(SPY).await.expect("the owner may create functions");
    session
}

/// What the spies reported since the last call, each once.
pub fn reports(session: &Session) -> Vec<String> {
    let mut reports = session.notices();
    reports.retain(|notice| notice.starts_with("spy "));
    reports.sort();
    reports.dedup();
    reports
}

/// Gives the tables of the MES schema to a role.
pub fn give_tables(db: &Database, owner: &str) {
    give(
        db,
        &format!(
            "SELECT format('ALTER TABLE %s OWNER TO {owner}', oid::regclass) FROM pg_class
              WHERE relnamespace = 'mes'::regnamespace AND relkind = 'r'"
        ),
    );
}

/// Runs each statement that a query returns.
fn give(db: &Database, statements: &str) {
    db.psql(&format!(
        "DO $$
         DECLARE
             v_change text;
         BEGIN
             FOR v_change IN {statements} LOOP
                 EXECUTE v_change;
             END LOOP;
         END $$"
    ));
}

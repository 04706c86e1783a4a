//! Arbitrary SQL inside a tool's sandbox.
//!
//! The tools' statements are fixed, so their tables are prepared: when `start_job` changes a row, a trigger on `jobs` runs the SQL in the
//! session's setting `probe.write`, and a deferred trigger runs `probe.deferred`; when a tool reads `jobs`, a policy runs `probe.read`. The
//! result of the statement, or its SQLSTATE, arrives as a notice, so that it does not depend on what the call commits.

use tokio_postgres::Client;

use crate::database::{Database, Session};

const PROBE: &str = "
CREATE FUNCTION mes.probe(p_where text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_sql text := current_setting('probe.' || p_where, true);
    v_result text;
BEGIN
    IF coalesce(v_sql, '') = '' THEN
        RETURN true;
    ELSIF v_sql LIKE '!%' THEN
        EXECUTE substr(v_sql, 2);
        RETURN true;
    END IF;
    -- The statement may read this table.
    PERFORM set_config('probe.' || p_where, '', true);
    BEGIN
        EXECUTE v_sql INTO v_result;
        RAISE NOTICE 'probe %: %', p_where, v_result;
    EXCEPTION WHEN others THEN
        RAISE NOTICE 'probe %: error %', p_where, SQLSTATE;
    END;
    RAISE NOTICE 'probe % ran as % for %', p_where, current_user, public.current_mcp_tenant();
    PERFORM set_config('probe.' || p_where, v_sql, true);
    RETURN true;
END $$;
CREATE FUNCTION mes.probe_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mes.probe(TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER probe AFTER UPDATE ON mes.jobs FOR EACH ROW EXECUTE FUNCTION mes.probe_trigger('write');
CREATE CONSTRAINT TRIGGER probe_deferred AFTER UPDATE ON mes.jobs DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION mes.probe_trigger('deferred');
CREATE POLICY probe ON mes.jobs AS RESTRICTIVE FOR SELECT TO eryxon_mcp_tenant USING (mes.probe('read'));
";

/// Prepares the tables, and lets the gateway login set what runs.
pub fn install(database: &Database) {
    database.psql(PROBE);
    database.lift_guard();
}

/// Sets what runs at one of `write`, `deferred`, `read` in this session from now on. With a leading `!`, its error is not caught.
///
/// # Panics
/// If the session is gone.
pub async fn set(client: &Client, place: &str, sql: &str) {
    let name = format!("probe.{place}");
    client.execute("SELECT set_config($1, $2, false)", &[&name, &sql]).await.expect("a setting can be set");
}

/// What the probes reported since the last call, without repetitions.
pub fn reports(session: &Session) -> Vec<String> {
    let mut reports = session.notices();
    reports.retain(|notice| notice.starts_with("probe "));
    reports.dedup();
    reports
}

//! The fixture is what it claims to be, in both variants of its owner; otherwise what is tested on it would prove nothing.

use std::collections::BTreeSet;

use eryxon_mcp_tests::demo_id;
use eryxon_mcp_tests::live::{
    CALLS, Columns, Identity, KEYS, Live, Owner, View, WRITES, application_view, application_writes, differences,
};

fn seen<'a>(view: &'a View, who: Identity, what: &str) -> &'a str {
    view.get(&(who, what.to_owned())).unwrap_or_else(|| panic!("{what} was not looked at"))
}

#[tokio::test]
async fn everybody_sees_and_writes_what_the_application_lets_them() {
    for owner in Owner::BOTH {
        let live = Live::new(owner);
        let view = application_view(&live).await;
        let rows = |who, what: &str| seen(&view, who, what).split(' ').next().expect("a word").to_owned();
        for (who, jobs) in [
            (Identity::AdminOfA, "24"),
            (Identity::OperatorOfA, "24"),
            (Identity::AdminOfB, "14"),
            (Identity::Stranger, "0"),
            (Identity::Anon, "0"),
            (Identity::ServiceRole, "38"),
            (Identity::Owner, "38"),
        ] {
            assert_eq!(rows(who, "public.jobs"), jobs, "{who:?} as {owner:?}");
        }
        // Whoever is nobody reads the batches of all tenants, and any key's statistics.
        assert_eq!(rows(Identity::Anon, "public.batch_operations"), "6");
        assert_eq!(rows(Identity::OperatorOfA, "public.batch_operations"), "3");
        assert_eq!(rows(Identity::Stranger, "public.cell_load"), "6");
        let stats = format!("public.get_mcp_key_stats('{}')", demo_id("B/key/Production"));
        assert_eq!(seen(&view, Identity::Anon, &stats), seen(&view, Identity::AdminOfB, &stats));
        assert_eq!(rows(Identity::OperatorOfB, "public.mcp_authentication_keys"), "2", "key hashes included");
        assert!(seen(&view, Identity::Anon, "auth.users").starts_with("42501"));

        let writes = application_writes(&live).await;
        assert!(differences(&writes, &application_writes(&live).await).is_empty(), "writes leave nothing");
        assert!(differences(&view, &application_view(&live).await).is_empty(), "writes leave nothing");
        for (who, write, start) in [
            (Identity::AdminOfA, "new job", "NEW-1|not_started\n1 rows\nlog create job NEW-1 Created job"),
            (Identity::AdminOfA, "taken number", "23505"),
            (Identity::AdminOfA, "job of another tenant", "42501"),
            (Identity::OperatorOfA, "new job", "42501"),
            (Identity::OperatorOfA, "started operation", "Bending"),
            (Identity::OperatorOfA, "operation of nobody", "0 rows"),
            (Identity::OperatorOfA, "issue", "pending"),
            (Identity::AdminOfA, "critical issue", "23514"),
            (Identity::ServiceRole, "critical issue", "23514"),
            (Identity::AdminOfA, "quantities that do not add up", "23514"),
            (Identity::Anon, "forged usage", "1 rows"),
            (Identity::AdminOfA, "new MCP key", "42883"),
            (Identity::AdminOfA, "MCP key", "42883"),
            (Identity::AdminOfA, "usage", "42804"),
            (Identity::Anon, "health", "t"),
            (Identity::AdminOfB, "token for another tenant", "t"),
            (Identity::AdminOfA, "migration", "42501"),
            (Identity::Owner, "migration", "0 rows"),
            (Identity::Owner, "short-lived tenant", "1 rows\nShort\n1 rows"),
        ] {
            let result = seen(&writes, who, write);
            assert!(result.starts_with(start), "{who:?} as {owner:?}, {write}: {result}");
        }
        let completed = seen(&writes, Identity::AdminOfA, "completed job");
        assert!(completed.contains("exception late") && completed.contains("log update jobs JOB-1002"), "{completed}");
        assert!(seen(&writes, Identity::AdminOfA, "completed part").contains("notice part_completed"));
    }
}

#[tokio::test]
async fn the_view_notices_each_kind_of_change() {
    let live = Live::new(Owner::Plain);
    let before = application_view(&live).await;
    for (change, noticed) in [
        ("UPDATE jobs SET notes = 'x' WHERE job_number = 'JOB-1003'", "public.jobs"),
        ("ALTER TABLE cells FORCE ROW LEVEL SECURITY", "public.cells"),
        ("ALTER TABLE jobs DISABLE ROW LEVEL SECURITY", "public.jobs"),
        ("REVOKE SELECT ON parts FROM authenticated", "public.parts"),
        ("CREATE POLICY more ON substeps USING (true)", "public.substeps"),
        ("ALTER TABLE materials ADD COLUMN more text DEFAULT 'x'", "public.materials"),
        ("CREATE TABLE more (id integer)", "public.more"),
        (
            "CREATE OR REPLACE FUNCTION is_root_admin() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
            "public.is_root_admin()",
        ),
        ("REVOKE EXECUTE ON FUNCTION get_user_role() FROM PUBLIC, anon", "public.get_user_role()"),
    ] {
        let changed = Live::new(Owner::Plain);
        changed.psql(change);
        let found = differences(&before, &application_view(&changed).await);
        assert!(found.iter().any(|difference| difference.contains(noticed)), "{change}: {found:?}");
    }
}

#[tokio::test]
async fn every_function_of_the_application_is_asked_or_written() {
    let live = Live::new(Owner::Plain);
    let called: BTreeSet<_> = CALLS
        .iter()
        .chain(WRITES.iter().map(|(_, statement)| statement))
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    let functions = live.psql(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype
            AND proname <> 'notify_admins'",
    );
    let missed: Vec<_> = functions.lines().filter(|name| !called.contains(name)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

#[tokio::test]
async fn its_own_functions_are_in_the_way_of_ours() {
    let live = Live::new(Owner::Plain);
    let superuser = live.superuser().await;
    let in_where = "SELECT 1 FROM jobs WHERE tenant_id = (get_tenant_info()).id";
    assert_eq!(superuser.sqlstate(in_where).await, "0A000", "it returns a table");
    for (call, sqlstate) in [
        ("SELECT * FROM get_mcp_server_config()", "42702"),
        ("SELECT * FROM get_part_routing(gen_random_uuid())", "42804"),
    ] {
        let admin = live.session(Identity::AdminOfA).await;
        assert_eq!(admin.sqlstate(call).await, sqlstate, "{call}");
    }
    assert_eq!(live.psql("SELECT check_mcp_tool_permission(gen_random_uuid(), 'fetch_jobs') IS NULL"), "t");
}

/// The reason why nobody may force row-level security on a live database.
#[tokio::test]
async fn forcing_row_level_security_would_end_the_application() {
    let live = Live::new(Owner::Plain);
    live.psql("ALTER TABLE profiles FORCE ROW LEVEL SECURITY");
    let admin = live.session(Identity::AdminOfA).await;
    assert_eq!(admin.sqlstate("SELECT count(*) FROM jobs").await, "54001");
    let live = Live::new(Owner::Bypassrls);
    live.psql("ALTER TABLE profiles FORCE ROW LEVEL SECURITY");
    let admin = live.session(Identity::AdminOfA).await;
    assert_eq!(admin.text("SELECT count(*)::text FROM jobs").await, "24", "its owner bypasses what is forced, too");
}

#[tokio::test]
async fn the_tables_have_the_oddities_of_a_live_database() {
    for (owner, columns) in [(Owner::Plain, Columns::Missing), (Owner::Bypassrls, Columns::NeverFilled)] {
        let live = Live::with(owner, columns);
        let is = |query: &str, expected: &str| assert_eq!(live.psql(query), expected, "{query}");
        is(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = ANY ('{jobs,issues}'::regclass[])
                AND attname IN ('started_at', 'completed_at', 'ncr_number')",
            if columns == Columns::Missing { "0" } else { "3" },
        );
        if columns == Columns::NeverFilled {
            is("SELECT count(*) FROM jobs WHERE started_at IS NOT NULL OR completed_at IS NOT NULL", "0");
            is("SELECT count(ncr_number) FROM issues", "0");
        }
        is("SELECT to_regclass('ncr_counters') IS NULL", "t");
        is(
            "SELECT count(*) FROM jobs WHERE tenant_id = (SELECT min(id::text)::uuid FROM tenants WHERE name LIKE 'Van%') AND status = 'completed'",
            "6",
        );
        is("SELECT count(*) FROM issues WHERE issue_type = 'ncr'", "16");
        for table in ["jobs", "parts", "operations", "substeps", "issues"] {
            let without_status = live.count(&format!("SELECT count(*) FROM {table} WHERE status IS NULL"));
            assert!(without_status > 0, "{table} has rows without a status");
        }
        is(
            "SELECT count(*) FROM substeps s WHERE NOT EXISTS (SELECT FROM operations o WHERE o.id = s.operation_id)",
            "4",
        );
        is("SELECT count(*) FROM parts p JOIN jobs j ON j.id = p.job_id WHERE p.tenant_id <> j.tenant_id", "1");
        is("SELECT count(*) FROM issues WHERE search_vector @@ to_tsquery('english', 'title')", "0");
        is("SELECT count(*) > 0 FROM issues WHERE title ~ 'title'", "t");
        is("SELECT count(*) FROM parts WHERE search_vector @@ plainto_tsquery('english', 'DRW-0011')", "0");
        // The stem is found, the word itself only by a query in the same configuration.
        is("SELECT count(*) > 0 FROM jobs WHERE search_vector @@ to_tsquery('english', 'run')", "t");
        is("SELECT count(*) FROM jobs WHERE search_vector @@ to_tsquery('simple', 'running')", "0");
        is(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
                AND (NOT relrowsecurity OR relforcerowsecurity)",
            "0",
        );
        is(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
            owner.role(),
        );
        is(
            &format!("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = '{}'", owner.role()),
            if owner == Owner::Plain { "f|f" } else { "f|t" },
        );
        is("SELECT count(*) FROM pg_policy WHERE NOT polpermissive", "0");
        is(
            "SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'p' AND cardinality(conkey) > 1",
            "0",
        );
        // Whatever is created is everybody's, in any schema.
        is(
            "CREATE SCHEMA later; CREATE TABLE later.t (); CREATE TABLE t ();
             SELECT has_table_privilege('anon', 'later.t', 'TRUNCATE'), has_table_privilege('anon', 't', 'DELETE')",
            "t|t",
        );
    }
}

#[tokio::test]
async fn its_keys_have_41_characters_and_a_short_prefix() {
    let live = Live::new(Owner::Plain);
    for (tenant, name, clear) in KEYS {
        assert_eq!(clear.len(), 41, "{name}");
        let found = live.psql(&format!(
            "SELECT key_prefix, key_hash = extensions.crypt('{clear}', key_hash) FROM mcp_authentication_keys
              WHERE tenant_id = '{}' AND name = '{name}'",
            demo_id(tenant)
        ));
        assert_eq!(found, format!("{}|t", &clear[..12]));
    }
    assert_eq!(live.count("SELECT count(*) FROM mcp_authentication_keys"), 8);
    assert_eq!(live.count("SELECT count(DISTINCT key_prefix) FROM mcp_authentication_keys"), 7);
}

//! The application notices neither that the extension comes nor that it goes.

use std::collections::BTreeSet;

use eryxon_mcp_tests::live::{Columns, Live, Owner, SCHEMA, View, application_view, application_writes, differences};

/// What everybody sees and what comes of what they write.
async fn look(live: &Live) -> (View, View) {
    (application_view(live).await, application_writes(live).await)
}

fn assert_same_schema(before: &str, now: &str, when: &str) {
    let only = |one: &str, other: &str| {
        let known: BTreeSet<_> = other.lines().collect();
        one.lines().filter(|line| !known.contains(line)).map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    assert!(before == now, "{when}\nwas there:\n{}\nis there:\n{}", only(before, now), only(now, before));
}

async fn assert_unchanged(live: &Live, before: &(View, View), when: &str) {
    let now = look(live).await;
    let changed = [differences(&before.0, &now.0), differences(&before.1, &now.1)].concat();
    assert!(changed.is_empty(), "{when}, {:?}:\n{}", live.owner(), changed.join("\n"));
}

#[tokio::test]
async fn nobody_notices_that_the_extension_comes_and_goes() {
    for (owner, columns) in [(Owner::Plain, Columns::Missing), (Owner::Bypassrls, Columns::NeverFilled)] {
        let live = Live::with(owner, columns);
        let (dump, before) = (live.schema_dump(), look(&live).await);
        live.install();
        assert_unchanged(&live, &before, "after the installation").await;
        live.attach();
        assert_unchanged(&live, &before, "after attaching").await;
        let attached = live.schema_dump();
        live.attach();
        assert_same_schema(&attached, &live.schema_dump(), "attaching again changes nothing");
        assert_unchanged(&live, &before, "after attaching again").await;
        live.detach();
        assert_unchanged(&live, &before, "after detaching").await;
        live.uninstall();
        assert_unchanged(&live, &before, "after the extension is gone").await;
        assert_same_schema(&dump, &live.schema_dump(), "nothing of it is left");
    }
}

/// What a host may do while it is attached, each as the tables' owner.
const MIGRATIONS: [&str; 10] = [
    "ALTER TABLE jobs ADD COLUMN later text; CREATE INDEX ON jobs (later)",
    "ALTER TABLE parts DROP COLUMN drawing_no",
    "DROP TABLE materials",
    "ALTER TABLE factory_calendar RENAME TO calendar",
    "CREATE TABLE more (tenant_id uuid); ALTER TABLE more ENABLE ROW LEVEL SECURITY",
    "DROP POLICY \"Admins can manage cells\" ON cells; CREATE POLICY everybody ON cells USING (true)",
    "ALTER TABLE resources DISABLE ROW LEVEL SECURITY",
    "REVOKE ALL ON substeps FROM anon; GRANT SELECT ON substeps TO anon",
    "DROP TRIGGER trg_webhook_issue ON issues; CREATE TRIGGER more AFTER UPDATE ON issues FOR EACH ROW EXECUTE FUNCTION dispatch_webhook('more')",
    "ALTER TYPE issue_severity ADD VALUE 'catastrophic'",
];

#[tokio::test]
async fn detaching_undoes_exactly_what_was_done_even_if_the_host_changed_its_tables_in_between() {
    for owner in Owner::BOTH {
        let (live, twin) = (Live::new(owner), Live::new(owner));
        live.install();
        live.attach();
        for migration in MIGRATIONS {
            for database in [&live, &twin] {
                database.psql(&format!("SET ROLE {}; {migration}", owner.role()));
            }
        }
        live.detach();
        live.uninstall();
        assert_same_schema(&twin.schema_dump(), &live.schema_dump(), "only what was attached is gone");
    }
}

#[tokio::test]
async fn a_refused_attempt_leaves_nothing() {
    let live = Live::new(Owner::Plain);
    live.psql("ALTER TABLE time_entries DISABLE ROW LEVEL SECURITY");
    live.install();
    let dump = live.schema_dump();
    let superuser = live.superuser().await;
    assert_eq!(superuser.sqlstate(&format!("SELECT {SCHEMA}.mcp_attach_mes('public')")).await, "55000");
    assert_same_schema(&dump, &live.schema_dump(), "after a refusal");
    // With the host's consent, and put back as it was.
    live.psql(&format!("SELECT {SCHEMA}.mcp_attach_mes('public', p_enable_rls := true)"));
    assert_eq!(live.psql("SELECT relrowsecurity FROM pg_class WHERE oid = 'time_entries'::regclass"), "t");
    live.detach();
    assert_same_schema(&dump, &live.schema_dump(), "after detaching");
}

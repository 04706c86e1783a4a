//! `docs/attach.md`, statement by statement.

use eryxon_mcp_tests::live::{Columns, KEYS, Live, Owner, SCHEMA, application_view, application_writes, differences};

const DOCUMENT: &str = include_str!("../../../../docs/attach.md");

/// The statements of a section, in order. Each block is one paste.
fn section(heading: &str) -> Vec<&'static str> {
    let from = DOCUMENT.find(&format!("## {heading}")).unwrap_or_else(|| panic!("no section {heading}"));
    let rest = &DOCUMENT[from + 3..];
    let text = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
    text.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap_or_default()).collect()
}

/// Runs a section as it is pasted into psql, and gives what it printed.
fn run(live: &Live, heading: &str) -> String {
    let blocks = section(heading);
    assert!(!blocks.is_empty(), "{heading}");
    blocks.into_iter().map(|block| live.psql(block)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_statement_of_the_page_runs_in_order_and_leaves_what_was_there() {
    for (owner, columns) in [(Owner::Plain, Columns::Missing), (Owner::Bypassrls, Columns::NeverFilled)] {
        let live = Live::with(owner, columns);
        let (dump, view, writes) = (live.schema_dump(), application_view(&live).await, application_writes(&live).await);
        run(&live, "1. Install");
        let check = run(&live, "2. Look");
        assert!(!check.lines().any(|row| row.starts_with("blocks|")), "{check}");
        let attached = run(&live, "3. Attach");
        assert!(attached.contains("\"jobs\""), "the tool answers: {attached}");
        let taken = run(&live, "4. Take over");
        assert_eq!(taken.lines().filter(|row| row.contains("taken over")).count(), KEYS.len(), "{taken}");
        let made = run(&live, "5. Make a key");
        assert_eq!(made.matches("|mcp_live_").count() / 2, 2, "a key for each tenant: {made}");
        let watched = run(&live, "7. Watch");
        assert!(watched.contains("Assistant"), "{watched}");
        run(&live, "8. Back up");
        let now = [
            differences(&view, &application_view(&live).await),
            differences(&writes, &application_writes(&live).await),
        ]
        .concat();
        assert!(now.is_empty(), "{owner:?}:\n{}", now.join("\n"));
        let left = run(&live, "9. Leave");
        assert!(left.contains("DROP EXTENSION eryxon_mcp"), "{left}");
        assert!(live.schema_dump() == dump, "{owner:?}: the schema is not what it was");
    }
}

/// The clear forms keep working, and their second use is as cheap as that of any key.
#[tokio::test]
async fn the_applications_keys_keep_working() {
    let live = Live::new(Owner::Plain);
    live.install();
    live.attach();
    run(&live, "4. Take over");
    live.new_gateway();
    let gateway = live.gateway().await;
    for (tenant, name, key) in KEYS {
        let list = format!("SELECT {SCHEMA}.mcp_list_tools($1)::text");
        let answer = gateway.query_typed(&list, &[(&key, tokio_postgres::types::Type::TEXT)]).await;
        let answer: String = answer.expect("an answer")[0].get(0);
        let disabled = name == "Old integration";
        assert_eq!(answer.contains("authentication_error"), disabled, "{tenant} {name}: {answer}");
        let prefix = live.psql(&format!(
            "SELECT key_prefix FROM {SCHEMA}.mcp_authentication_keys k JOIN public.tenants t ON t.id = k.tenant_id
              WHERE k.name = '{name}' AND t.id = '{}'",
            eryxon_mcp_tests::demo_id(tenant)
        ));
        assert_eq!(prefix, if disabled { &key[..12] } else { &key[..20] }, "{tenant} {name}");
    }
}

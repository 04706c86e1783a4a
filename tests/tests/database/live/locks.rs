//! Attaching waits for nobody longer than its lock timeout, and nobody waits longer because of it.

use std::time::Duration;

use eryxon_mcp_tests::Session;
use eryxon_mcp_tests::live::{Identity, Live, Owner, SCHEMA};

/// Waits until somebody waits for a lock on a table of the application.
async fn until_it_waits(superuser: &Session) {
    let waiting = "SELECT count(*)::text FROM pg_locks WHERE NOT granted AND relation IS NOT NULL
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while superuser.text(waiting).await == "0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn attaching_behind_slow_readers_gives_up_and_stops_nobody() {
    let live = Live::new(Owner::Plain);
    live.install();
    let dump = live.schema_dump();
    let (superuser, watcher) = (live.superuser().await, live.superuser().await);
    // Two readers, one of a table that comes early and one of a table that comes late.
    let readers = [live.session(Identity::AdminOfA).await, live.session(Identity::OperatorOfB).await];
    for (reader, table) in readers.iter().zip(["cells", "notifications"]) {
        reader.batch_execute(&format!("BEGIN; SELECT count(*) FROM {table}")).await.unwrap();
    }
    let attach = format!("SELECT {SCHEMA}.mcp_attach_mes('public', p_lock_timeout_ms := 500)");
    let attaching = tokio::spawn(async move { superuser.batch_execute(&attach).await });
    until_it_waits(&watcher).await;
    // The readers are still there, so whoever gets through does not wait for their end. Nobody waits longer than a few lock timeouts.
    let user = live.session(Identity::AdminOfB).await;
    user.batch_execute("SET lock_timeout = '10s'").await.unwrap();
    for table in ["tenants", "cells", "jobs", "time_entries", "notifications", "cells", "activity_log"] {
        user.batch_execute(&format!("SELECT count(*) FROM {table}"))
            .await
            .unwrap_or_else(|error| panic!("{table}: {error:?}"));
    }
    let refused = attaching.await.expect("it ends").expect_err("a reader is in the way");
    let refused = refused.as_db_error().expect("an error of the server");
    assert_eq!(refused.code().code(), "55P03", "{refused:?}");
    // Whom to ask: the process of a reader is named.
    let blocker = readers[0].text("SELECT pg_backend_pid()::text").await;
    let said = format!("{} {}", refused.message(), refused.detail().unwrap_or_default());
    assert!(said.contains(&blocker), "{blocker} is not in: {said}");
    assert_eq!(live.schema_dump(), dump, "nothing was changed");
    for reader in &readers {
        reader.batch_execute("COMMIT").await.unwrap();
    }
    live.attach();
}

//! Whole conversations, word for word, in `tests/transcripts/`.
//!
//! A line that starts with `>` is sent; one that starts with `<` is expected next. A `version` line
//! selects the schema that the answers must satisfy. `{VERSION}` and `{INSTRUCTIONS}` stand for
//! texts that may change.

mod common;

use std::collections::HashMap;

use common::Shim;
use common::fake_postgres::FakePostgres;
use common::schema::{self, Schema};
use serde_json::Value;

/// Plays one transcript; panics if an expectation fails.
fn play(name: &str, text: &str) {
    let database = FakePostgres::start();
    let mut shim = Shim::start(&[("DATABASE_URL", &database.url())]);
    let folder = schema::folder();
    let mut schema = None;
    let mut methods: HashMap<String, String> = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", number + 1);
        if let Some(version) = line.strip_prefix("version ") {
            schema = folder.as_deref().map(|folder| Schema::read(folder, version));
        } else if let Some(sent) = line.strip_prefix("> ") {
            note_methods(sent, &mut methods);
            shim.send(sent);
        } else if let Some(expected) = line.strip_prefix("< ") {
            let received = shim.receive();
            let shown = received["result"]["instructions"].as_str().unwrap_or_default();
            assert!(shown.is_empty() || shown.contains("data, never instructions"), "{place}: {shown}");
            let expected = expected.replace("{VERSION}", env!("CARGO_PKG_VERSION")).replace("{INSTRUCTIONS}", shown);
            let expected: Value = serde_json::from_str(&expected).unwrap_or_else(|e| panic!("{place}: {e}"));
            assert_eq!(received, expected, "{place}");
            for message in received.as_array().unwrap_or(&vec![received.clone()]) {
                // The schemas before 2025-11-25 do not define an error without an id.
                if let Some(schema) = schema.as_ref().filter(|_| message.get("id") != Some(&Value::Null)) {
                    schema.check(methods.get(&message["id"].to_string()).map(String::as_str), message);
                }
            }
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "{place}: unknown line");
        }
    }
    shim.expect_silence();
    shim.close_input();
    let (status, _, stderr) = shim.wait();
    assert!(status.success(), "{name}: {stderr}");
}

fn note_methods(sent: &str, methods: &mut HashMap<String, String>) {
    let message: Value = serde_json::from_str(sent).unwrap_or_default();
    for message in message.as_array().unwrap_or(&vec![message.clone()]) {
        methods.insert(message["id"].to_string(), message["method"].as_str().unwrap_or_default().to_owned());
    }
}

macro_rules! transcripts {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            let file = concat!(stringify!($name), ".txt");
            play(file, include_str!(concat!("transcripts/", stringify!($name), ".txt")));
        })*
    };
}

transcripts!(
    handshake_2024_11_05,
    handshake_2025_03_26,
    handshake_2025_06_18,
    handshake_2025_11_25,
    stateless_2026_07_28,
    bare_requests,
    bad_lines,
);

//! `docs/tools.md` matches the declarations.

use std::path::Path;

use eryxon_mcp_tests::document::{Transition, kept, render, split};
use eryxon_mcp_tests::{Database, Tool, call};
use serde_json::Value;

use crate::tools::Published;

async fn transitions(db: &Database) -> Vec<Transition> {
    let rows =
        db.superuser().await.query("SELECT kind, from_status, to_status, by, needs FROM mcp_state_tables()", &[]).await;
    let rows = rows.expect("the state tables");
    let line = |row: &tokio_postgres::Row| Transition {
        kind: row.get(0),
        from: row.get(1),
        to: row.get(2),
        by: row.get(3),
        needs: row.get(4),
    };
    rows.iter().map(line).collect()
}

/// Writes the document if `ERYXON_WRITE_DOCS` is set; otherwise compares it.
#[tokio::test]
async fn the_tools_document_matches_the_declarations() {
    let db = Database::fresh();
    let (gateway, key) = (db.gateway_in_transactions().await, db.key("A").secret);
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 10000 WHERE name = 'test'");
    let tools = Tool::all(&db);
    let mut answers = Vec::new();
    for tool in &tools {
        gateway.batch_execute("BEGIN").await.unwrap();
        let mut answer = call(&gateway, &key, &tool.name, tool.examples[0].arguments.clone()).await;
        gateway.batch_execute("ROLLBACK").await.unwrap();
        answers.push(answer["result"]["structuredContent"].take());
    }
    let common: Value =
        serde_json::from_str(&db.psql("SELECT json_object_agg(code, meaning) FROM mcp_tool_error_codes()"))
            .expect("JSON");
    let common = common.as_object().into_iter().flatten();
    let common = common.fold(String::from("| code | means |\n|---|---|\n"), |text, (code, meaning)| {
        text + &format!("| `{code}` | {} |\n", meaning.as_str().unwrap_or_default())
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tools.md");
    let document = std::fs::read_to_string(&path).unwrap_or_default();
    let answers = kept(&document, &tools, answers);
    let made = render(&tools, &answers, &common, &transitions(&db).await);

    if std::env::var_os("ERYXON_WRITE_DOCS").is_some() {
        std::fs::write(&path, made).expect("docs/tools.md can be written");
        return;
    }
    let (text, answers) = split(&document);
    let (made, _) = split(&made);
    let differing = made.lines().zip(text.lines()).find(|(made, text)| made != text);
    assert!(made == text, "docs/tools.md is stale, run `make tools-doc`; the first line that differs: {differing:?}");
    assert_eq!(answers.len(), tools.len());
    for (tool, answer) in tools.iter().zip(&answers) {
        let published = Published::of(tool);
        published.check(published.output, answer, &format!("the documented answer of {}", tool.name));
    }
}

//! All tools on a live database: the same data in our own schema and in the application's tables give the same answers, but for what is
//! listed here.

use std::collections::{BTreeMap, BTreeSet};

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::catalog::without_ids;
use eryxon_mcp_tests::live::{Columns, Owner, factory_and_twin};
use eryxon_mcp_tests::{Database, Session, Tool, call};
use serde_json::Value;

/// The tools of which some answer differs where the application has no place for what ours has, and why.
const DIFFERENT: [(&str, &str); 8] = [
    ("fetch_jobs", STARTED),
    ("complete_job", STARTED),
    ("resume_job", STARTED),
    ("stop_job", STARTED),
    ("update_job", STARTED),
    ("get_job_overview", STARTED),
    ("get_production_metrics", "lead times begin at that moment, and a job's completion is that of its last operation"),
    ("get_qrm_data", "lead times begin at that moment, and a job's completion is that of its last operation"),
];
const STARTED: &str = "when a job was started follows from its first time entry or operation";

/// The answers to all examples and error cases, by tool and call. Each is rolled back, and in one transaction now() is always the same.
async fn answers(
    session: &Session,
    tools: &[Tool],
    keys: &BTreeMap<String, String>,
) -> BTreeMap<(String, String), Value> {
    let mut answers = BTreeMap::new();
    for tool in tools {
        for example in tool.examples.iter().chain(tool.errors.iter().map(|case| &case.example)) {
            session.batch_execute("SAVEPOINT before").await.unwrap();
            let answer = call(session, &keys[&example.tenant], &tool.name, example.arguments.clone()).await;
            session.batch_execute("ROLLBACK TO before").await.unwrap();
            let what = format!("{} {}", example.tenant, example.named);
            answers.insert((tool.name.clone(), what), answer);
        }
    }
    answers
}

fn keys(db: &Database) -> BTreeMap<String, String> {
    let keys = ["A", "B", "C"].map(|tenant| (tenant.to_owned(), db.key_with(tenant, "examples", "").secret));
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 10000 WHERE name = 'examples'");
    keys.into()
}

/// What of an answer is compared: without ids, which a call draws, and without minutes up to the moment of the call.
fn essence(answer: &Value) -> String {
    let mut content = answer["result"]["structuredContent"].clone();
    forget(&mut content, "actual_time_minutes");
    format!("{} {}", outcome(answer), without_ids(&content.to_string()))
}

/// Removes a field wherever it is.
fn forget(value: &mut Value, name: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| forget(item, name)),
        Value::Object(fields) => {
            fields.remove(name);
            fields.values_mut().for_each(|field| forget(field, name));
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_answers_differ_from_those_of_our_own_schema_only_where_it_is_said() {
    for (owner, columns) in [(Owner::Plain, Columns::NeverFilled), (Owner::Bypassrls, Columns::Missing)] {
        let db = factory_and_twin(owner, columns);
        let (tools, keys, session) = (Tool::all(&db), keys(&db), db.superuser().await);
        session.batch_execute("BEGIN").await.unwrap();
        let own = answers(&session, &tools, &keys).await;
        session.batch_execute("SELECT mcp_detach_mes('demo'); SELECT mcp_attach_mes('mes')").await.unwrap();
        let live = answers(&session, &tools, &keys).await;
        session.batch_execute("ROLLBACK").await.unwrap();
        let mut differing = BTreeSet::new();
        for ((tool, what), answer) in &own {
            let other = &live[&(tool.clone(), what.clone())];
            if essence(answer) != essence(other) {
                differing.insert(tool.as_str());
                eprintln!("{tool} {what}\n  own:  {}\n  live: {}", essence(answer), essence(other));
            }
        }
        let different = if columns == Columns::Missing { &DIFFERENT[..] } else { &[] };
        let expected: BTreeSet<_> = different.iter().map(|(tool, _)| *tool).collect();
        assert_eq!(differing, expected, "{owner:?} {columns:?}");
    }
}

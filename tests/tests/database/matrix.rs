//! I4 for every tool at once: a tool treats another tenant's id, number or name like an unknown one.
//!
//! The calls come from the declarations: each field that takes an id or a number, in each example. A tool cannot escape: if its schema
//! has such a field that no call fills, the test fails, too.

use std::collections::BTreeSet;

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::catalog::{is_id, without_ids};
use eryxon_mcp_tests::factory::{digest, tables};
use eryxon_mcp_tests::{Database, Session, Tool, call};
use serde_json::{Value, json};
use uuid::Uuid;

/// Fields that identify a row by its number or name, with the SQL that gives B's rows names that no other tenant has. A customer's name is
/// not even similar to one of A's, because a tool that suggests similar customers would give two different texts.
const NAMED: [(&str, &str); 7] = [
    ("job_number", "UPDATE mes.jobs SET job_number = 'THEIRS-' || right(job_number, 4)"),
    ("part_number", "UPDATE mes.parts SET part_number = 'THEIRS-' || part_number"),
    ("ncr_number", "UPDATE mes.issues SET ncr_number = 'THEIRS-' || ncr_number"),
    ("cell_name", "UPDATE mes.cells SET name = 'THEIRS-' || name"),
    ("resource_name", "UPDATE mes.resources SET name = 'THEIRS-' || name"),
    ("scrap_reason_code", "UPDATE mes.scrap_reasons SET code = 'THEIRS-' || code"),
    ("customer", "UPDATE mes.jobs SET customer = 'THEIRS-' || md5(customer)"),
];

/// Pairs of fields that identify the same row: if one is set, the other is removed.
const EITHER: [(&str, &str); 11] = [
    ("id", "job_number"),
    ("id", "part_number"),
    ("id", "ncr_number"),
    ("job_id", "job_number"),
    ("part_id", "part_number"),
    ("cell_id", "cell_name"),
    ("current_cell_id", "current_cell_name"),
    ("current_cell_id", "cell_name"),
    ("resource_id", "resource_name"),
    ("scrap_reason_id", "scrap_reason_code"),
    ("scrap_reason_id", "code"),
];

/// Arguments with `value` in the field at `path`.
fn with(arguments: &Value, path: &[String], value: &Value) -> Value {
    let mut arguments = arguments.clone();
    let Some((field, above)) = path.split_last() else { return value.clone() };
    let mut place = &mut arguments;
    for (depth, step) in above.iter().enumerate() {
        place = match step.parse::<usize>() {
            Ok(index) => {
                if place.as_array().is_none_or(|items| items.len() <= index) {
                    *place = json!([{}]);
                }
                &mut place[index]
            }
            Err(_) => &mut place[step.as_str()],
        };
        if place.is_null() {
            let list = path[depth + 1].parse::<usize>().is_ok();
            *place = if list { json!([{}]) } else { json!({}) };
        }
    }
    if let Some(fields) = place.as_object_mut() {
        for (one, other) in EITHER {
            if field == one {
                fields.remove(other);
            } else if field == other {
                fields.remove(one);
            }
        }
    }
    match field.parse::<usize>() {
        Ok(index) => place[index] = value.clone(),
        Err(_) => place[field.as_str()] = value.clone(),
    }
    arguments
}

/// The paths of a schema's fields for which `wanted` is true. In an array, the first item is used.
fn fields(
    schema: &Value,
    path: &[String],
    wanted: &dyn Fn(&str, &Value) -> bool,
    found: &mut Vec<(Vec<String>, bool)>,
) {
    let inner = |schema: &Value| schema["anyOf"].as_array().and_then(|any| any.first().cloned());
    let schema = inner(schema).unwrap_or_else(|| schema.clone());
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let mut path = path.to_vec();
        path.push(name.clone());
        let field = inner(field).unwrap_or_else(|| field.clone());
        let list = field["type"] == "array" || field["type"][0] == "array";
        if list && field["items"].get("properties").is_some() {
            path.push("0".to_owned());
            fields(&field["items"], &path, wanted, found);
        } else if field.get("properties").is_some() {
            fields(&field, &path, wanted, found);
        } else if wanted(name, &field) {
            found.push((path, list));
        }
    }
}

/// The answers to two calls that differ in one value, in one transaction, both rolled back.
async fn both(session: &Session, key: &str, tool: &str, one: Value, other: Value) -> (Value, Value) {
    session.batch_execute("BEGIN; SAVEPOINT before").await.unwrap();
    let one = call(session, key, tool, one).await;
    session.batch_execute("ROLLBACK TO before").await.unwrap();
    let other = call(session, key, tool, other).await;
    session.batch_execute("ROLLBACK").await.unwrap();
    (one, other)
}

/// Calls a tool with `theirs` and with `unknown` in the field at `path` of each of its examples, and compares the answers.
async fn compare(
    session: &Session,
    key: &str,
    tool: &Tool,
    (path, list): &(Vec<String>, bool),
    theirs: &str,
    unknown: &str,
) -> bool {
    let mut reached = false;
    for example in tool.examples.iter().filter(|example| example.tenant == "A") {
        let value = |text: &str| if *list { json!([text]) } else { json!(text) };
        let one = with(&example.arguments, path, &value(theirs));
        let other = with(&example.arguments, path, &value(unknown));
        let (one, other) = both(session, key, &tool.name, one, other).await;
        let what = format!("{} {path:?} in {}", tool.name, example.named);
        // A foreign key must not be what refuses another tenant's id.
        assert!(!["internal", "refused_by_database"].contains(&outcome(&one)), "{what}: {one}");
        let plain = |answer: &Value, name: &str| without_ids(&answer.to_string()).replace(name, "NAME");
        assert_eq!(plain(&one, theirs), plain(&other, unknown), "{what} with {theirs}");
        // An error about the arguments as a whole would prove nothing about the field.
        let about = one["result"]["structuredContent"]["error"]["field"].as_str();
        reached |= outcome(&one) != "invalid_arguments"
            || about.is_some_and(|field| path.iter().any(|step| field.contains(step.as_str())));
    }
    reached
}

fn prepared(db: &Database) -> String {
    let key = db.key("A").secret;
    db.psql("UPDATE mcp_authentication_keys SET rate_limit = 10000 WHERE name = 'test'");
    key
}

#[tokio::test]
async fn every_tool_treats_another_tenants_ids_like_unknown_ids() {
    ids_of_another_tenant(&Database::fresh()).await;
}

#[tokio::test]
async fn every_tool_treats_another_tenants_numbers_and_names_like_unknown_ones() {
    numbers_and_names_of_another_tenant(&Database::fresh()).await;
}

/// Panics if a tool tells an id of B from one that nobody has.
pub async fn ids_of_another_tenant(db: &Database) {
    let key = prepared(db);
    let (gateway, superuser) = (db.gateway_in_transactions().await, db.superuser().await);
    let before = digest(&superuser, "B").await;
    // One row of B from each table with an id column.
    let mut ids = Vec::new();
    for table in tables(&superuser).await {
        let sql = format!("SELECT id FROM {} WHERE {} ORDER BY 1 LIMIT 1", table.name, table.of("B"));
        if let Ok(rows) = superuser.query(&sql, &[]).await {
            ids.extend(rows.iter().map(|row| row.get::<_, Uuid>(0).to_string()));
        }
    }
    assert!(ids.len() > 15, "{} tables with rows", ids.len());

    let mut missed = BTreeSet::new();
    for tool in Tool::all(db) {
        let mut found = Vec::new();
        fields(&tool.definition["inputSchema"], &[], &|_, schema| is_id(schema), &mut found);
        for field in &found {
            let mut reached = false;
            for theirs in &ids {
                reached |= compare(&gateway, &key, &tool, field, theirs, &Uuid::new_v4().to_string()).await;
            }
            if !reached {
                missed.insert(format!("{}.{}", tool.name, field.0.join(".")));
            }
        }
    }
    assert!(missed.is_empty(), "in no example of these tools does the field decide the outcome: {missed:?}");
    assert_eq!(digest(&superuser, "B").await, before);
}

/// Panics if a tool tells a number or name of B from one that nobody has.
pub async fn numbers_and_names_of_another_tenant(db: &Database) {
    let key = prepared(db);
    for (_, rename) in NAMED {
        // A live database's triggers find their tables by the path.
        db.psql(&format!("SET search_path = public, mes; {rename} WHERE tenant_id = mes_demo_id('B')"));
    }
    let (gateway, superuser) = (db.gateway_in_transactions().await, db.superuser().await);
    let before = digest(&superuser, "B").await;
    let mut tried = 0;
    for (name, rename) in NAMED {
        let (table, column) = (rename.split(' ').nth(1).expect("a table"), rename.split(' ').nth(3).expect("a column"));
        let sql = format!(
            "SELECT min({column}) FROM {table} WHERE tenant_id = mes_demo_id('B') AND {column} LIKE 'THEIRS-%'"
        );
        let theirs = superuser.text(&sql).await;
        let unknown = theirs.replace("THEIRS-", "UNKNOWN-");
        for tool in Tool::all(db) {
            let mut found = Vec::new();
            fields(&tool.definition["inputSchema"], &[], &|field, _| field == name, &mut found);
            for field in &found {
                assert!(
                    compare(&gateway, &key, &tool, field, &theirs, &unknown).await,
                    "in no example of {} does {name} decide the outcome",
                    tool.name
                );
                tried += 1;
            }
        }
    }
    assert!(tried >= 20, "only {tried} fields were tried");
    assert_eq!(digest(&superuser, "B").await, before);
}

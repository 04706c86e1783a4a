//! Every tool does what its declaration says: its examples succeed, its error cases fail as documented, and arguments and answers match
//! the published schemas according to a validator that neither generates nor enforces them.

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::catalog::Example;
use eryxon_mcp_tests::factory::digest;
use eryxon_mcp_tests::{Database, Key, Session, Tool, call};
use serde_json::{Value, json};

const READS: &str = "reads";
const WRITES: &str = "writes";
const DESTRUCTIVE: &str = "deletes or changes many rows";

/// The tools of the published interface with what they may do, in the order of `tools/list`. It is written by hand, so that no tool is
/// dropped, moved or given another access unnoticed.
const CATALOGUE: &[(&str, &str)] = &[
    ("fetch_jobs", READS),
    ("create_job", WRITES),
    ("update_job", WRITES),
    ("start_job", WRITES),
    ("stop_job", WRITES),
    ("complete_job", WRITES),
    ("resume_job", WRITES),
    ("fetch_parts", READS),
    ("update_part", WRITES),
    ("fetch_tasks", READS),
    ("update_task", WRITES),
    ("fetch_operations", READS),
    ("start_operation", WRITES),
    ("pause_operation", WRITES),
    ("complete_operation", WRITES),
    ("update_operation", WRITES),
    ("fetch_issues", READS),
    ("create_ncr", WRITES),
    ("fetch_ncrs", READS),
    ("update_issue", WRITES),
    ("get_issue_analytics", READS),
    ("get_issue_trends", READS),
    ("get_root_cause_analysis", READS),
    ("suggest_quality_improvements", READS),
    ("fetch_substeps", READS),
    ("add_substep", WRITES),
    ("complete_substep", WRITES),
    ("update_substep", WRITES),
    ("delete_substep", DESTRUCTIVE),
    ("get_dashboard_stats", READS),
    ("get_qrm_data", READS),
    ("get_production_metrics", READS),
    ("fetch_scrap_reasons", READS),
    ("report_scrap", WRITES),
    ("get_scrap_analytics", READS),
    ("get_scrap_trends", READS),
    ("get_yield_metrics", READS),
    ("get_scrap_pareto", READS),
    ("get_quality_score", READS),
    ("batch_update_parts", DESTRUCTIVE),
    ("batch_reschedule_operations", DESTRUCTIVE),
    ("prioritize_job", WRITES),
    ("fetch_parts_by_customer", READS),
    ("batch_complete_operations", DESTRUCTIVE),
    ("get_job_overview", READS),
    ("check_resource_availability", READS),
    ("assign_resource_to_operations", DESTRUCTIVE),
    ("get_cell_capacity", READS),
    ("get_parts_due_soon", READS),
    ("suggest_reschedule", READS),
];

/// The published schemas of a tool.
pub struct Published {
    schemas: Schemas,
    pub input: SchemaIndex,
    pub output: SchemaIndex,
}

impl Published {
    pub fn of(tool: &Tool) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        let mut compile = |side: &str| {
            let place = format!("tool:{}/{side}", tool.name);
            compiler.add_resource(&place, tool.definition[side].clone()).expect("a schema");
            compiler.compile(&place, &mut schemas).unwrap_or_else(|error| panic!("{place}: {error:#}"))
        };
        let (input, output) = (compile("inputSchema"), compile("outputSchema"));
        Self { schemas, input, output }
    }

    pub fn check(&self, side: SchemaIndex, value: &Value, what: &str) {
        if let Err(error) = self.schemas.validate(value, side) {
            panic!("{what} does not fit its schema: {error:#}\n{value}");
        }
    }
}

struct Keys([(&'static str, Key); 3]);

impl Keys {
    fn of(db: &Database) -> Self {
        let keys = ["A", "B", "C"].map(|tenant| (tenant, db.key_with(tenant, "examples", "")));
        db.psql("UPDATE mcp_authentication_keys SET rate_limit = 10000 WHERE name = 'examples'");
        Self(keys)
    }

    fn secret(&self, tenant: &str) -> &str {
        let (_, key) = self.0.iter().find(|(name, _)| *name == tenant).expect("a tenant with keys");
        &key.secret
    }
}

/// The answer to a call that is rolled back.
async fn try_out(session: &Session, keys: &Keys, tool: &str, example: &Example) -> Value {
    session.batch_execute("BEGIN").await.unwrap();
    let answer = call(session, keys.secret(&example.tenant), tool, example.arguments.clone()).await;
    session.batch_execute("ROLLBACK").await.unwrap();
    answer
}

#[tokio::test]
async fn every_example_succeeds_and_fits_the_published_schemas() {
    let db = Database::fresh();
    let (gateway, keys) = (db.gateway_in_transactions().await, Keys::of(&db));
    for tool in Tool::all(&db) {
        let published = Published::of(&tool);
        for example in &tool.examples {
            let what = format!("{} {}", tool.name, example.named);
            published.check(published.input, &example.arguments, &what);
            let answer = try_out(&gateway, &keys, &tool.name, example).await;
            assert!(succeeded(&answer), "{what}: {answer}");
            let output = &answer["result"]["structuredContent"];
            published.check(published.output, output, &what);
            assert!(output.get("error").is_none(), "{what}: {output}");
            assert!(says_something(output), "{what} is empty: {output}");
            let text = answer["result"]["content"][1]["text"].as_str().expect("the JSON as a text");
            assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), *output, "{what}");
        }
    }
}

/// Whether an answer contains more than zeros, nulls and empty lists.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(says_something),
        Value::Object(fields) => fields.values().any(says_something),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(_) => true,
        _ => false,
    }
}

#[tokio::test]
async fn every_documented_error_is_returned_by_its_example_and_changes_nothing() {
    let db = Database::fresh();
    let (gateway, superuser, keys) = (db.gateway_in_transactions().await, db.superuser().await, Keys::of(&db));
    let mut before = Vec::new();
    for tenant in ["A", "B", "C", "D"] {
        before.push(digest(&superuser, tenant).await);
    }
    for tool in Tool::all(&db) {
        let published = Published::of(&tool);
        for case in &tool.errors {
            let what = format!("{} {} ({})", tool.name, case.example.named, case.when);
            let secret = keys.secret(&case.example.tenant);
            let answer = call(&gateway, secret, &tool.name, case.example.arguments.clone()).await;
            assert_eq!(outcome(&answer), case.code, "{what}: {answer}");
            let error = &answer["result"]["structuredContent"]["error"];
            assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}: {error}");
            published.check(published.output, &answer["result"]["structuredContent"], &what);
        }
    }
    for (tenant, before) in ["A", "B", "C", "D"].into_iter().zip(before) {
        assert_eq!(digest(&superuser, tenant).await, before, "a refused call changed data of {tenant}");
    }
}

#[tokio::test]
async fn every_tool_refuses_unknown_fields_and_names_the_nearest_one() {
    let db = Database::fresh();
    let (gateway, keys) = (db.gateway_in_transactions().await, Keys::of(&db));
    for tool in Tool::all(&db) {
        let Some(field) =
            tool.definition["inputSchema"]["properties"].as_object().and_then(|fields| fields.keys().next())
        else {
            continue;
        };
        let mut arguments = tool.examples[0].arguments.clone();
        arguments[format!("{field}x")] = json!(1);
        let example = Example { tenant: tool.examples[0].tenant.clone(), named: Value::Null, arguments };
        let answer = try_out(&gateway, &keys, &tool.name, &example).await;
        let error = &answer["result"]["structuredContent"]["error"];
        assert_eq!((outcome(&answer), &error["field"]), ("invalid_arguments", &json!(format!("{field}x"))), "{answer}");
        assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("did you mean")), "{}: {error}", tool.name);
    }
}

#[tokio::test]
async fn the_list_shows_every_tool_in_the_catalogues_order_with_both_schemas_and_annotations() {
    let db = Database::fresh();
    let (gateway, key) = (db.gateway().await, db.key("A"));
    for _ in 0..2 {
        let listed = list(&gateway, &key).await;
        assert_is_the_catalogue(&listed);
        for tool in &listed {
            assert_eq!(
                (&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]),
                (&json!("object"), &json!("object"))
            );
            for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
                assert!(tool["annotations"][hint].is_boolean(), "{}: {hint}", tool["name"]);
            }
        }
    }
}

fn assert_is_the_catalogue(listed: &[Value]) {
    let access = |tool: &Value| match (&tool["annotations"]["readOnlyHint"], &tool["annotations"]["destructiveHint"]) {
        (Value::Bool(true), Value::Bool(false)) => READS,
        (Value::Bool(false), Value::Bool(false)) => WRITES,
        (Value::Bool(false), Value::Bool(true)) => DESTRUCTIVE,
        hints => panic!("{}: contradictory hints {hints:?}", tool["name"]),
    };
    let listed: Vec<_> = listed.iter().map(|tool| (tool["name"].as_str().expect("a name"), access(tool))).collect();
    let only_listed: Vec<_> = listed.iter().filter(|tool| !CATALOGUE.contains(tool)).collect();
    let only_expected: Vec<_> = CATALOGUE.iter().filter(|tool| !listed.contains(tool)).collect();
    assert!(
        listed == CATALOGUE,
        "tools/list differs from CATALOGUE in {}: only listed: {only_listed:?}; only in CATALOGUE: {only_expected:?} (if both are empty, \
         the order differs). For a new tool, add a line to CATALOGUE, at its place in src/tools/mod.rs",
        file!()
    );
}

#[tokio::test]
async fn a_read_only_key_sees_only_the_read_tools() {
    let db = Database::fresh();
    let readers: Vec<_> = Tool::all(&db).into_iter().filter(|tool| tool.read_only).map(|tool| tool.name).collect();
    let allowed = format!(", p_allowed_tools := '{}'", json!(readers));
    let (gateway, key) = (db.gateway().await, db.key_with("A", "readers", &allowed));
    let listed = list(&gateway, &key).await;
    assert!(listed.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true));
    assert_eq!(listed.iter().map(|tool| tool["name"].as_str().expect("a name")).collect::<Vec<_>>(), readers);
    let refused = call(&gateway, &key.secret, "start_job", json!({"job_number": "JOB-1001"})).await;
    assert_eq!(outcome(&refused), "permission_error");
}

async fn list(session: &Session, key: &Key) -> Vec<Value> {
    let answer = session.query_one("SELECT mcp_list_tools($1)", &[&key.secret]).await.unwrap().get::<_, Value>(0);
    answer["result"]["tools"].as_array().cloned().expect("tools")
}

//! For tests: what is in the factory, and batches that must not touch it.

use serde_json::{Value, json};

use crate::tools::probe::{call, id, refused, sql};

/// The tables that batches write, and those that change with them.
const TABLES: [&str; 9] = [
    "jobs",
    "parts",
    "operations",
    "substeps",
    "time_entries",
    "operation_resources",
    "operation_day_allocations",
    "notifications",
    "resources",
];

/// A digest of all rows of these tables.
pub(in crate::tools) fn digest() -> Value {
    let sums = TABLES.map(|table| format!("(SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM mes.{table} t)"));
    sql(&format!("SELECT concat({})", sums.join(", ")))
}

/// The ids that a query over the demo factory gives as its first column.
pub(in crate::tools) fn ids(query: &str) -> Vec<Value> {
    let ids = sql(&format!("SELECT json_agg(q.id) FROM ({query}) q"));
    ids.as_array().cloned().unwrap_or_default()
}

/// Refused, and nothing was changed.
pub(in crate::tools) fn untouched(tool: &str, arguments: &Value) -> Value {
    let before = digest();
    let error = refused("A", tool, arguments);
    assert_eq!(digest(), before, "{tool} {arguments}: {error}");
    error
}

/// Empty scopes and lists change nothing and say so; so do they in a factory without rows.
pub(in crate::tools) fn nothing_without_a_scope(tool: &str, rows: &str, list: &str, arguments: &Value) {
    let before = digest();
    let job = id("A/job/JOB-1012");
    for scope in [json!({}), json!({list: []}), json!({list: [], "job_id": job}), json!({"customer": null})] {
        for (tenant, flag) in [("A", false), ("A", true), ("D", false)] {
            // D has no job, and no resource.
            if tenant == "D" && (scope.get("job_id").is_some() || arguments.get("resource_name").is_some()) {
                continue;
            }
            let mut arguments = arguments.clone();
            arguments["scope"] = scope.clone();
            arguments["dry_run"] = json!(flag);
            let answer = call(tenant, tool, &arguments);
            assert_eq!(
                (&answer["changed"], &answer["nothing_selected"], &answer["dry_run"]),
                (&json!(0), &json!(true), &json!(flag)),
                "{arguments}"
            );
            assert_eq!(answer[rows], json!([]));
        }
    }
    assert_eq!(digest(), before);
}

/// A dry run changes nothing and answers like the call that it rehearses.
pub(in crate::tools) fn rehearses(tool: &str, arguments: &Value) -> Value {
    let before = digest();
    let mut dry = arguments.clone();
    dry["dry_run"] = json!(true);
    let mut rehearsed = call("A", tool, &dry);
    assert_eq!(digest(), before, "{tool} {dry}");
    assert_eq!(rehearsed["dry_run"], true);
    let done = call("A", tool, arguments);
    assert_ne!(digest(), before, "{tool} {arguments}: {done}");
    rehearsed["dry_run"] = json!(false);
    assert_eq!(rehearsed, done, "{tool} {arguments}");
    done
}

/// More rows than `max_rows`: refused with their number, of which the query tells how many they are.
pub(in crate::tools) fn limited(tool: &str, arguments: &Value, count: &str) {
    let count = sql(count);
    let mut arguments = arguments.clone();
    arguments["max_rows"] = json!(count.as_i64().expect("a number") - 1);
    let error = untouched(tool, &arguments);
    assert_eq!((&error["code"], &error["selected"]), (&json!("limit_exceeded"), &count));
    arguments["max_rows"] = count.clone();
    arguments["dry_run"] = json!(true);
    let answer = call("A", tool, &arguments);
    let skipped = answer["skipped"].as_array().map_or(0, Vec::len) as i64;
    let touched = answer["changed"].as_i64().unwrap_or_default() + answer["unchanged"].as_i64().unwrap_or_default();
    assert_eq!(json!(touched + skipped), count, "{answer}");
}

//! For tests: the demo factory, and tools that run in it as a DBA runs them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::pg::query::{self, from_uuid};
use crate::sql_args;

/// The demo factory, as it is when it is new: what a test does to it ends with the test's transaction.
///
/// The first test that asks for it loads it, in a connection of its own that commits, because loading takes longer than most tests. The
/// lock makes one test at a time work on it: two that change the same rows in another order would meet in a deadlock.
pub(crate) fn demo() {
    const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext('demo factory'))";
    const LOAD: &str = "DO $$ BEGIN
        IF to_regnamespace('mes') IS NULL THEN
            EXECUTE format('COPY (SELECT) TO PROGRAM %L', concat_ws(' ',
                (SELECT setting FROM pg_config WHERE name = 'BINDIR') || '/psql -qX -v ON_ERROR_STOP=1 -o /dev/null',
                '-h', split_part(current_setting('unix_socket_directories'), ',', 1), '-p', current_setting('port'),
                '-U', session_user, '-c \"SELECT mes_create_schema(''mes'')\" -c \"SELECT mes_seed_demo()\" -c ANALYZE',
                current_database()));
        END IF;
    END $$";
    // Through SQL, so that each tool sees what the test wrote before: within one statement a reader keeps to its snapshot.
    const RUN: &str = "CREATE FUNCTION pg_temp.run(p_tenant text, p_tool text, p_arguments jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
        DECLARE v_error text;
        BEGIN
            PERFORM mcp_as_tenant(mes_demo_id(p_tenant));
            RETURN mcp_run_tool(p_tool, p_arguments);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS v_error = PG_EXCEPTION_DETAIL;
            RETURN jsonb_build_object('error', v_error::jsonb);
        END $$";
    for statement in [LOCK, LOAD, RUN] {
        query::ask(statement, |_| Ok(()));
    }
}

/// The id of a row of the demo factory, such as `A/job/JOB-1001`.
pub(in crate::tools) fn id(name: &str) -> Uuid {
    query::ask_with("SELECT mes_demo_id($1)", sql_args![name], query::first).map(from_uuid).expect("a name has an id")
}

/// What a query gives: one value, or null.
pub(crate) fn sql(text: &str) -> Value {
    parse(query::ask(&format!("SELECT to_jsonb(({text}))::text"), |rows| rows.first().get_one::<String>()))
}

fn parse(json: Option<String>) -> Value {
    json.map_or(Value::Null, |json| serde_json::from_str(&json).expect("JSON"))
}

fn run(tenant: &str, tool: &str, arguments: &Value) -> Value {
    let arguments = arguments.to_string();
    let args = sql_args![tenant, tool, arguments.as_str()];
    parse(query::ask_with("SELECT pg_temp.run($1, $2, $3::jsonb)::text", args, query::first))
}

/// Calls a tool with arguments in which `@A/job/JOB-1001` stands for an id, and takes no notice of the answer.
pub(crate) fn attempt(tenant: &str, tool: &str, arguments: &str) {
    let ids = "SELECT coalesce(string_agg(CASE WHEN x.quoted LIKE '\"@nothing%' THEN '\"' || gen_random_uuid() || '\"'
                                          WHEN x.quoted LIKE '\"@%' THEN '\"' || mes_demo_id(substr(trim(x.quoted, '\"'), 2)) || '\"'
                                          ELSE x.quoted END, '' ORDER BY n), '{}')
                 FROM (SELECT m[1] AS quoted, n FROM regexp_matches($1, '(\"[^\"]*\"|[^\"]+)', 'g') WITH ORDINALITY AS t (m, n)) x";
    let filled: Option<String> = query::ask_with(ids, sql_args![arguments], query::first);
    run(tenant, tool, &filled.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default());
}

/// The output of a tool that must succeed.
pub(in crate::tools) fn call(tenant: &str, tool: &str, arguments: &Value) -> Value {
    let answer = run(tenant, tool, arguments);
    assert!(answer.get("error").is_none(), "{tool} {arguments}: {answer}");
    answer
}

/// The error of a tool that must fail.
pub(in crate::tools) fn refused(tenant: &str, tool: &str, arguments: &Value) -> Value {
    let mut answer = run(tenant, tool, arguments);
    assert!(answer.get("error").is_some(), "{tool} {arguments}: {answer}");
    answer["error"].take()
}

/// How many rows of a list fit.
pub(in crate::tools) fn total(tenant: &str, tool: &str, arguments: &Value) -> i64 {
    let mut arguments = arguments.clone();
    arguments["include_total"] = json!(true);
    arguments["limit"] = json!(1);
    call(tenant, tool, &arguments)["total"].as_i64().expect("a total")
}

/// How many rows all pages of a list have. Each row must come exactly once.
pub(in crate::tools) fn page_through(tenant: &str, tool: &str, rows: &str, arguments: &Value) -> usize {
    let (mut arguments, mut ids) = (arguments.clone(), Vec::new());
    loop {
        let page = call(tenant, tool, &arguments);
        ids.extend(page[rows].as_array().into_iter().flatten().map(|row| row["id"].to_string()));
        if page["next_cursor"].is_null() {
            break;
        }
        arguments["cursor"] = page["next_cursor"].clone();
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{tool} gives a row twice: {arguments}");
    count
}

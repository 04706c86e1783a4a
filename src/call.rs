//! One call: admit, run, record. Each phase is a subtransaction, so any error that a caller can cause is returned, not raised.

use std::cell::Cell;
use std::time::Instant;

use pgrx::PgSqlErrorCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::admit;
use crate::core::caller::{Caller, Principal, Refused};
use crate::core::key::ApiKey;
use crate::core::redact;
use crate::error::{Refusal, ToolError};
use crate::pg::json::TooLarge;
use crate::pg::report::log_failure;
use crate::pg::session::{self, statement_timeout_passed};
use crate::pg::settings::with_lock_timeout;
use crate::pg::subtransaction::{Failure, Raised, caught, subtransaction};
use crate::pg::{rolled_back, transaction};
use crate::record::{self, Client};
use crate::run::tool::Tool;
use crate::run::{self, Context};
use crate::tools;

/// How long recording a call whose time is used up waits for a lock that somebody holds on a table of records.
const LONGEST_WAIT_MS: u32 = 1000;

/// Calls a tool for the owner of a key. Returns JSON text: `{"result": …}` or `{"error": …}`.
#[must_use]
pub fn call_tool(
    api_key: Option<&str>,
    tool: Option<&str>,
    arguments: Result<Value, TooLarge>,
    client: &Client,
) -> String {
    let started = Instant::now();
    let id = Uuid::new_v4();
    let caller = Cell::new(None);
    if session::is_read_only() {
        return refusal_answer(&Refusal::ReadOnly);
    }
    match subtransaction(|| admit(api_key, tool, &caller)) {
        Ok((principal, admitted)) => run_and_record(id, &principal, admitted, arguments, client, started),
        Err(failure) => refuse(failure, caller.take(), api_key, tool, client, id),
    }
}

/// The tools that a key may call, in catalogue order. Returns JSON text: `{"result": {"tools": […]}}` or `{"error": …}`.
#[must_use]
pub fn list_tools(api_key: Option<&str>) -> String {
    let id = Uuid::new_v4();
    match subtransaction(|| admit::authenticate(api_key)) {
        Ok(principal) => format!(
            r#"{{"result":{{"tools":{}}}}}"#,
            tools::listing(|tool| principal.key.scope.allows(tool) && !principal.unavailable.contains_key(tool))
        ),
        Err(failure) => refuse(failure, None, api_key, None, &Client::default(), id),
    }
}

fn run_and_record(
    id: Uuid,
    principal: &Principal,
    tool: &'static Tool,
    arguments: Result<Value, TooLarge>,
    client: &Client,
    started: Instant,
) -> String {
    rolled_back::remember(id, &principal.key.prefix, tool.name);
    let context = Context {
        tenant: principal.key.tenant,
        person: principal.key.owner,
        mes_schema: &principal.mes_schema,
        correlation_id: id,
    };
    let outcome = match principal.unavailable.get(tool.name) {
        Some(reason) => Err(ToolError::unavailable(reason)),
        None => run::run(&context, tool, arguments.clone()),
    };
    let error = outcome.as_ref().err().map(sentence);
    let arguments = arguments.unwrap_or_else(|TooLarge { bytes }| redact::size_only(bytes));
    let call = record::Entry {
        id,
        tenant: principal.key.tenant,
        key: principal.key.id,
        key_name: &principal.key.name,
        tool: tool.name,
        arguments: &arguments,
        error: error.as_deref(),
        took: Some(started.elapsed()),
        ip_address: None,
        client,
    };
    // What this backend has counted but not yet written. It comes first, because it may let the commit be lazy.
    record::refusal::write();
    transaction::commit_durably();
    let write = || {
        caught(|| {
            record::counter::used(principal.key.tenant, principal.key.id);
            record::call(&call, Some(&principal.mes_schema));
        })
    };
    // A cancel or the statement timeout may interrupt the first attempt. Once that time is used up, nothing limits how long a lock is waited
    // for. If the second attempt fails as well, the effect is rolled back with the record, because no effect may be kept without its record.
    let bounded = || with_lock_timeout(LONGEST_WAIT_MS, write);
    let first = if statement_timeout_passed() { bounded() } else { write() };
    if first.is_err()
        && let Err(raised) = bounded()
    {
        log_failure(id, "recording a call", &raised);
        raised.raise_as(format!("the call could not be recorded and was rolled back, correlation id {id}"));
    }
    if principal.key.events
        && let Err(raised) = caught(|| record::notify(id))
    {
        log_failure(id, "notifying", &raised);
    }
    match outcome {
        Ok(answer) => result_answer(&answer.summary, &answer.body, false),
        Err(error) => error_answer(&error),
    }
}

/// Admits one call. The checks run in this order: key, tool known, tool allowed, rate limit. `caller` learns whose key it is as soon as that
/// is known.
fn admit(
    api_key: Option<&str>,
    tool: Option<&str>,
    caller: &Cell<Option<Caller>>,
) -> Result<(Principal, &'static Tool), Refused> {
    let principal = admit::authenticate(api_key)?;
    caller.set(Some(principal.key.caller()));
    let name = tool.unwrap_or_default();
    let tool =
        tools::find(name).ok_or_else(|| principal.key.refused(Refusal::UnknownTool(redact::client_text(name))))?;
    admit::permit(&principal, tool.name)?;
    Ok((principal, tool))
}

/// Counts a refused call and answers it. If the count cannot be written, the refusal is answered all the same: there is no effect that
/// would require a record.
fn refuse(
    failure: Failure<Refused>,
    caller: Option<Caller>,
    api_key: Option<&str>,
    tool: Option<&str>,
    client: &Client,
    id: Uuid,
) -> String {
    let refused = match failure {
        Failure::Returned(refused) => refused,
        Failure::Raised(raised) => {
            let prefix = || api_key.and_then(ApiKey::parse).map(|key| key.prefix().to_owned());
            let by = caller.unwrap_or_else(|| Caller::Unknown { prefix: prefix(), of: None });
            Refused { refusal: interrupted(&raised, id), by }
        }
    };
    record::refusal::count(&refused, tool, client);
    refusal_answer(&refused.refusal)
}

/// Why an admission raised.
fn interrupted(raised: &Raised, id: Uuid) -> Refusal {
    if raised.code != PgSqlErrorCode::ERRCODE_QUERY_CANCELED {
        log_failure(id, "admission", raised);
        if raised.is_lost_race() {
            return Refusal::Interfered;
        }
        return Refusal::Internal { correlation_id: id };
    }
    if statement_timeout_passed() { Refusal::Timeout } else { Refusal::Cancelled }
}

fn refusal_answer(refusal: &Refusal) -> String {
    json!({"error": refusal.to_json_rpc()}).to_string()
}

fn error_answer(error: &ToolError) -> String {
    let body = redact::fields(&json!({"error": error.to_json()})).to_string();
    result_answer(&sentence(error), &body, true)
}

/// A tool's error in one sentence, for the answer and the record.
fn sentence(error: &ToolError) -> String {
    redact::line(&format!("{}: {error}", error.code.name()))
}

/// An MCP `CallToolResult`. It contains `body`, which is JSON text, twice: as text for clients that read text content, and as
/// `structuredContent`.
fn result_answer(summary: &str, body: &str, is_error: bool) -> String {
    let summary = Value::from(summary);
    let text = Value::from(body);
    format!(
        r#"{{"result":{{"content":[{{"type":"text","text":{summary}}},{{"type":"text","text":{text}}}],"structuredContent":{body},"isError":{is_error}}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ToolErrorCode;

    #[test]
    fn a_result_holds_the_sentence_the_text_and_the_value() {
        let answer: Value =
            serde_json::from_str(&result_answer("Found \"1\" job", r#"{"jobs":[{"a":"\"x\""}]}"#, false))
                .expect("JSON");
        assert_eq!(answer["result"]["content"][0]["text"], "Found \"1\" job");
        assert_eq!(answer["result"]["content"][1]["text"], r#"{"jobs":[{"a":"\"x\""}]}"#);
        assert_eq!(answer["result"]["structuredContent"]["jobs"][0]["a"], "\"x\"");
        assert_eq!(answer["result"]["isError"], false);
    }

    #[test]
    fn a_tool_error_is_a_result_and_a_refusal_an_error() {
        let answer: Value =
            serde_json::from_str(&error_answer(&ToolError::new(ToolErrorCode::NotFound, "job not found")))
                .expect("JSON");
        assert_eq!(answer["result"]["isError"], true);
        assert_eq!(answer["result"]["structuredContent"]["error"]["code"], "not_found");
        assert_eq!(answer["result"]["content"][0]["text"], "not_found: job not found");
        let answer: Value = serde_json::from_str(&refusal_answer(&Refusal::Permission)).expect("JSON");
        assert_eq!(answer["error"]["data"]["type"], "permission_error");
    }

    #[test]
    fn an_error_that_quotes_a_key_shows_its_prefix_only() {
        let key = format!("mcp_live_{}", "x".repeat(43));
        let error = ToolError::invalid(&key, format!("unknown field: {key}"));
        let answer = error_answer(&error);
        assert!(!answer.contains(&key), "{answer}");
        assert!(answer.contains(&key[..crate::core::key::PREFIX_CHARS]));
        assert!(serde_json::from_str::<Value>(&answer).is_ok());
    }
}

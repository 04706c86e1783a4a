//! One call: admit, run, record. Each phase is a subtransaction, so any error that a caller can cause is returned, not raised.

use std::convert::Infallible;
use std::time::Instant;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::admit;
use crate::core::caller::{Caller, Principal, Refused};
use crate::core::redact;
use crate::error::{Refusal, ToolError};
use crate::pg::rolled_back;
use crate::pg::subtransaction::{Failure, subtransaction};
use crate::record::{self, Client};
use crate::run::tool::Tool;
use crate::run::{self, Context};
use crate::tools;

/// Calls a tool for the owner of a key. Returns JSON text: `{"result": …}` or `{"error": …}`.
#[must_use]
pub fn call_tool(api_key: Option<&str>, tool: Option<&str>, arguments: Value, client: &Client) -> String {
    let started = Instant::now();
    let id = Uuid::new_v4();
    match subtransaction(|| admit(api_key, tool)) {
        Ok((principal, admitted)) => run_and_record(id, &principal, admitted, arguments, client, started),
        Err(failure) => {
            let refused = refused(failure, id);
            record_refusal(&refused, tool, &arguments, client, id);
            refusal_answer(&refused.refusal)
        }
    }
}

/// The tools that a key may call, in catalogue order. Returns JSON text: `{"result": {"tools": […]}}` or `{"error": …}`.
#[must_use]
pub fn list_tools(api_key: Option<&str>) -> String {
    let id = Uuid::new_v4();
    match subtransaction(|| admit::authenticate(api_key)) {
        Ok(principal) => format!(r#"{{"result":{{"tools":{}}}}}"#, tools::listing(&principal.key.scope)),
        Err(failure) => {
            let refused = refused(failure, id);
            if matches!(refused.by, Caller::Unknown { .. }) {
                record_refusal(&refused, None, &Value::Null, &Client::default(), id);
            }
            refusal_answer(&refused.refusal)
        }
    }
}

fn run_and_record(
    id: Uuid,
    principal: &Principal,
    tool: &'static Tool,
    arguments: Value,
    client: &Client,
    started: Instant,
) -> String {
    rolled_back::remember(id, &principal.key.prefix, tool.name);
    let context = Context {
        tenant: principal.key.tenant,
        person: principal.key.owner,
        mes_schema: &principal.mes_schema,
        extension_schema: &principal.extension_schema,
        correlation_id: id,
    };
    let outcome = run::run(&context, tool, arguments.clone());
    let error = outcome.as_ref().err().map(sentence);
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
    let write = || {
        subtransaction(|| {
            record::call(&call, &principal.extension_schema, Some(&principal.mes_schema), principal.key.events);
            Ok::<_, Infallible>(())
        })
    };
    // A cancel may interrupt the first attempt. If the second attempt fails as well, the effect is rolled back with the record, because
    // no effect may be kept without its record.
    if write().is_err()
        && let Err(Failure::Raised(raised)) = write()
    {
        run::log_failure(id, "recording a call", &raised);
        panic!("the call could not be recorded and was rolled back, correlation id {id}");
    }
    match outcome {
        Ok(answer) => result_answer(&answer.summary, &answer.body, false),
        Err(error) => error_answer(&error),
    }
}

/// Admits one call. The checks run in this order: key, tool known, tool allowed, rate limit.
fn admit(api_key: Option<&str>, tool: Option<&str>) -> Result<(Principal, &'static Tool), Refused> {
    let principal = admit::authenticate(api_key)?;
    let name = tool.unwrap_or_default();
    let tool =
        tools::find(name).ok_or_else(|| principal.key.refused(Refusal::UnknownTool(redact::client_text(name))))?;
    admit::permit(&principal, tool.name)?;
    Ok((principal, tool))
}

fn refused(failure: Failure<Refused>, id: Uuid) -> Refused {
    match failure {
        Failure::Returned(refused) => refused,
        Failure::Raised(raised) => {
            run::log_failure(id, "admission", &raised);
            Refused {
                refusal: Refusal::Internal { correlation_id: id },
                by: Caller::Unknown { prefix: None, tenant: None },
            }
        }
    }
}

/// Records a refusal. If that fails (on a standby, or with a full disk), the refusal is still returned: there is no effect that would
/// require a record.
fn record_refusal(refused: &Refused, tool: Option<&str>, arguments: &Value, client: &Client, id: Uuid) {
    if matches!(refused.refusal, Refusal::Internal { .. }) {
        return;
    }
    let written = subtransaction(|| {
        record::refusal::refusal(refused, tool, arguments, client);
        Ok::<_, Infallible>(())
    });
    if let Err(Failure::Raised(raised)) = written {
        run::log_failure(id, "recording a refusal", &raised);
    }
}

fn refusal_answer(refusal: &Refusal) -> String {
    json!({"error": refusal.to_json_rpc()}).to_string()
}

fn error_answer(error: &ToolError) -> String {
    let body = redact::without_keys(&json!({"error": error.to_json()}).to_string());
    result_answer(&sentence(error), &body, true)
}

/// A tool's error in one sentence, for the answer and the record.
fn sentence(error: &ToolError) -> String {
    redact::without_keys(&format!("{}: {error}", error.code.name()))
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

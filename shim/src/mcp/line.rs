//! Parsing one line of input: into a message, or the error that answers it.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode, GetExtensions, JsonRpcMessage, RequestId};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The arguments of a `tools/call` exactly as the client wrote them, kept next to the parsed request
/// so that no number is rounded on its way to the database.
#[derive(Debug, Clone)]
pub struct RawArguments(pub Arc<str>);

impl RawArguments {
    /// Whether a string in them contains the character NUL, which PostgreSQL cannot store. It would reject them and
    /// quote the surrounding text in its log.
    pub fn hold_nul(text: &str) -> bool {
        fn holds(value: &Value) -> bool {
            match value {
                Value::String(text) => text.contains('\0'),
                Value::Array(items) => items.iter().any(holds),
                Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds(value)),
                _ => false,
            }
        }
        // Parsed only if the escape occurs; the backslash may itself be escaped.
        text.contains("\\u0000") && serde_json::from_str(text).as_ref().map_or(true, holds)
    }
}

/// The content of a line, or of one member of a batch.
#[derive(Debug)]
pub enum Item {
    /// A message for the service.
    Message(Box<ClientJsonRpcMessage>),
    /// Something to be refused, with its id if it could be parsed.
    Refused(ErrorData, Option<RequestId>),
    /// Nothing to answer.
    Nothing,
}

/// A whole line.
#[derive(Debug)]
pub enum Line {
    /// One message.
    One(Item),
    /// A JSON-RPC batch.
    Batch(Vec<Item>),
}

#[derive(Deserialize)]
struct Envelope<'a> {
    jsonrpc: Option<String>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: Option<String>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// Parses a line. The SDK's own parser ignores lines that are not JSON, and leaves out the id when it
/// answers a request with wrong parameters; here, each request gets its answer.
pub fn read(line: &[u8]) -> Line {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line).trim_ascii();
    if !line.starts_with(b"[") {
        return Line::One(if line.is_empty() { Item::Nothing } else { item(line) });
    }
    match serde_json::from_slice::<Vec<&RawValue>>(line) {
        Ok(members) if members.is_empty() => Line::One(refuse("the batch is empty", None)),
        Ok(members) => Line::Batch(members.iter().map(|m| item(m.get().as_bytes())).collect()),
        Err(_) => Line::One(parse_error()),
    }
}

fn item(text: &[u8]) -> Item {
    let envelope: Envelope = match serde_json::from_slice(text) {
        Ok(envelope) => envelope,
        Err(error) if error.is_data() => return refuse("not a JSON-RPC message", None),
        Err(_) => return parse_error(),
    };
    let id = envelope.id.map(|id| serde_json::from_str::<RequestId>(id.get()));
    let id = match id {
        Some(Err(_)) => return refuse("the id is neither a string nor an integer", None),
        Some(Ok(id)) => Some(id),
        None => None,
    };
    if envelope.jsonrpc.as_deref() != Some("2.0") {
        return refuse("the field \"jsonrpc\" is not \"2.0\"", id);
    }
    let Some(method) = envelope.method else {
        return match envelope.result.or(envelope.error) {
            // The shim sends no requests to its client, so it ignores an answer.
            Some(_) => Item::Nothing,
            None => refuse("the field \"method\" is missing", id),
        };
    };
    let has_id = id.is_some();
    match serde_json::from_slice::<ClientJsonRpcMessage>(text) {
        // The SDK parses a request of a known method with unsuitable parameters as a custom request.
        Ok(JsonRpcMessage::Request(request)) if is_misread(&request.request, &method) => {
            Item::Refused(ErrorData::invalid_params(format!("Invalid params for {method}"), None), id)
        }
        Ok(mut message) => {
            keep_arguments(&mut message, envelope.params);
            Item::Message(Box::new(message))
        }
        Err(_) if has_id => Item::Refused(ErrorData::invalid_params("params is not an object", None), id),
        Err(_) => Item::Nothing,
    }
}

fn is_misread(request: &ClientRequest, method: &str) -> bool {
    matches!(request, ClientRequest::CustomRequest(_))
        && matches!(method, "initialize" | "server/discover" | "ping" | "tools/list" | "tools/call")
}

fn keep_arguments(message: &mut ClientJsonRpcMessage, params: Option<&RawValue>) {
    #[derive(Deserialize)]
    struct Params<'a> {
        #[serde(borrow)]
        arguments: Option<&'a RawValue>,
    }
    if let JsonRpcMessage::Request(request) = message
        && matches!(request.request, ClientRequest::CallToolRequest(_))
        && let Some(params) = params
        && let Ok(Params { arguments: Some(arguments) }) = serde_json::from_str(params.get())
    {
        request.request.extensions_mut().insert(RawArguments(arguments.get().into()));
    }
}

fn parse_error() -> Item {
    Item::Refused(ErrorData::new(ErrorCode::PARSE_ERROR, "Parse error: the line is not JSON", None), None)
}

fn refuse(why: &str, id: Option<RequestId>) -> Item {
    Item::Refused(ErrorData::invalid_request(format!("Invalid request: {why}"), None), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (i32, Option<RequestId>) {
        match read(text.as_bytes()) {
            Line::One(Item::Refused(error, id)) => (error.code.0, id),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_nul_is_found_but_not_an_escaped_escape() {
        for nul in [r#"{"a":"\u0000"}"#, r#"{"a":[{"b\u0000":1}]}"#] {
            assert!(RawArguments::hold_nul(nul), "{nul}");
        }
        for none in [r#"{"a":"\\u0000"}"#, r#"{"a":"\u0001"}"#, "{}"] {
            assert!(!RawArguments::hold_nul(none), "{none}");
        }
    }

    #[test]
    fn a_bad_line_gets_the_right_error() {
        let id = Some(RequestId::Number(7));
        assert_eq!(refused("{"), (-32700, None));
        assert_eq!(refused("[1,"), (-32700, None));
        assert_eq!(refused("\"text\""), (-32600, None));
        assert_eq!(refused("[]"), (-32600, None));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#), (-32600, None));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":7}"#), (-32600, id.clone()));
        assert_eq!(refused(r#"{"id":7,"method":"ping"}"#), (-32600, id.clone()));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}"#), (-32602, id.clone()));
        let text = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","arguments":[]}}"#;
        assert_eq!(refused(text), (-32602, id.clone()));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":7,"method":"x","params":[1]}"#).1, id);
    }

    #[test]
    fn the_arguments_are_kept_as_written() {
        let text = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"n":1.10}}}"#;
        let Line::One(Item::Message(message)) = read(text) else { panic!() };
        let JsonRpcMessage::Request(request) = *message else { panic!() };
        assert_eq!(&*request.request.extensions().get::<RawArguments>().unwrap().0, r#"{"n":1.10}"#);
    }

    #[test]
    fn an_empty_line_and_a_stray_answer_are_ignored() {
        for text in ["", "  \r", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#] {
            assert!(matches!(read(text.as_bytes()), Line::One(Item::Nothing)), "{text}");
        }
    }

    #[test]
    fn a_batch_is_read_member_by_member() {
        let Line::Batch(items) = read(br#"[{"jsonrpc":"2.0","id":1,"method":"ping"}, 1]"#) else { panic!() };
        assert!(matches!(items[..], [Item::Message(_), Item::Refused(..)]));
    }
}

//! Parsing one line of input: into a message, or the error that answers it.

use rmcp::ErrorData;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode, JsonRpcMessage, RequestId};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

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
    /// Without this, `"id":null` would be read as if there were no id: as a notification, which gets no answer.
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    method: Option<String>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
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
    let is_answer = envelope.method.is_none() && (envelope.result.is_some() || envelope.error.is_some());
    if is_answer && envelope.id.is_some_and(|id| id.get() == "null") {
        // The client could not read what it answers. An answer gets no answer.
        return Item::Nothing;
    }
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
        Ok(message) => Item::Message(Box::new(message)),
        Err(_) if has_id => Item::Refused(ErrorData::invalid_params("params is not an object", None), id),
        Err(_) => Item::Nothing,
    }
}

fn is_misread(request: &ClientRequest, method: &str) -> bool {
    matches!(request, ClientRequest::CustomRequest(_))
        && matches!(method, "initialize" | "server/discover" | "ping" | "tools/list" | "tools/call")
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
    fn a_bad_line_gets_the_right_error() {
        let id = Some(RequestId::Number(7));
        assert_eq!(refused("{"), (-32700, None));
        assert_eq!(refused("[1,"), (-32700, None));
        assert_eq!(refused("\"text\""), (-32600, None));
        assert_eq!(refused("[]"), (-32600, None));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#), (-32600, None));
        for method in ["ping", "initialize", "tools/call", "notifications/initialized", "x"] {
            assert_eq!(refused(&format!(r#"{{"jsonrpc":"2.0","id":null,"method":"{method}"}}"#)), (-32600, None));
        }
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":null}"#), (-32600, None));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":7}"#), (-32600, id.clone()));
        assert_eq!(refused(r#"{"id":7,"method":"ping"}"#), (-32600, id.clone()));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{}}"#), (-32602, id.clone()));
        let text = r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","arguments":[]}}"#;
        assert_eq!(refused(text), (-32602, id.clone()));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":7,"method":"x","params":[1]}"#).1, id);
    }

    #[test]
    fn no_number_changes_its_value() {
        for (written, sent) in [
            ("0.1", "0.1"),
            ("30.0", "30.0"),
            ("1.10", "1.1"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("12345678901234567890", "12345678901234567890"),
            // Read by serde_json's quick way, it would end in 5.
            ("3.8064001756786245", "3.8064001756786245"),
        ] {
            let text = format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"x","arguments":{{"n":{written}}}}}}}"#
            );
            let Line::One(Item::Message(message)) = read(text.as_bytes()) else { panic!("{text}") };
            let JsonRpcMessage::Request(request) = *message else { panic!("{text}") };
            let ClientRequest::CallToolRequest(call) = request.request else { panic!("{text}") };
            assert_eq!(call.params.arguments.unwrap()["n"].to_string(), sent);
        }
    }

    #[test]
    fn an_empty_line_and_a_stray_answer_are_ignored() {
        for text in ["", "  \r", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, r#"{"jsonrpc":"2.0","id":null,"error":{}}"#]
        {
            assert!(matches!(read(text.as_bytes()), Line::One(Item::Nothing)), "{text}");
        }
    }

    #[test]
    fn a_batch_is_read_member_by_member() {
        let Line::Batch(items) = read(br#"[{"jsonrpc":"2.0","id":1,"method":"ping"}, 1]"#) else { panic!() };
        assert!(matches!(items[..], [Item::Message(_), Item::Refused(..)]));
    }
}

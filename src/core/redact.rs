//! What may be recorded of a caller's input: no secrets, and only up to a maximum length.

use serde_json::{Map, Value, json};

use super::key::PREFIX_CHARS;
use crate::names::{MAX_CLIENT_TEXT_CHARS, MAX_RECORDED_ARGUMENT_BYTES};

const REDACTED: &str = "[redacted]";
/// A field is a secret if its name contains one of these, ignoring case, `_` and `-`.
const SECRET_NAMES: [&str; 8] =
    ["apikey", "password", "passwd", "secret", "token", "authorization", "credential", "privatekey"];

/// Arguments in the form in which they are recorded: secrets are replaced, and long arguments are truncated and marked.
#[must_use]
pub fn arguments(arguments: &Value) -> Value {
    let redacted = redact(arguments);
    let text = redacted.to_string();
    if text.len() <= MAX_RECORDED_ARGUMENT_BYTES {
        return redacted;
    }
    let mut end = MAX_RECORDED_ARGUMENT_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    json!({"_truncated": true, "_bytes": text.len(), "_start": &text[..end]})
}

/// What is recorded of arguments that are too large to be read.
#[must_use]
pub fn size_only(bytes: usize) -> Value {
    json!({"_truncated": true, "_bytes": bytes})
}

/// A text from the client (its name, its version, a tool's name): without keys, on one line, and of limited length.
#[must_use]
pub fn client_text(text: &str) -> String {
    // Cut first, because the text may have megabytes; with room for what is left out below.
    let text = &text[..text.floor_char_boundary(20 * MAX_CLIENT_TEXT_CHARS)];
    without_keys(text).chars().filter(|c| !c.is_control()).take(MAX_CLIENT_TEXT_CHARS).collect()
}

fn redact(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| {
                    let value = if is_secret(name) { Value::from(REDACTED) } else { redact(value) };
                    (without_keys(name), value)
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(redact).collect()),
        Value::String(text) => Value::String(without_keys(text)),
        other => other.clone(),
    }
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect();
    SECRET_NAMES.iter().any(|secret| plain.contains(secret))
}

/// Cuts every key in a text down to its prefix: for errors, which may quote what a caller sent. It can be applied to JSON text, because no
/// character of a key has a special meaning there.
#[must_use]
pub fn without_keys(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = ["mcp_live_", "mcp_test_"].iter().filter_map(|mark| rest.find(mark)).min() {
        let key = &rest[start..];
        let end = key.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(key.len());
        kept.push_str(&rest[..start]);
        kept.push_str(&key[..end.min(PREFIX_CHARS)]);
        if end > PREFIX_CHARS {
            kept.push('…');
        }
        rest = &key[end..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        format!("mcp_live_{}", "Ab3".repeat(14) + "x")
    }

    #[test]
    fn secrets_by_name_are_replaced_at_any_depth() {
        let given =
            json!({"status": "in_progress", "meta": [{"Api-Key": "x", "access_token": {"a": 1}}], "PASSWORD": "y"});
        let kept = arguments(&given);
        assert_eq!(
            kept,
            json!({"status": "in_progress", "PASSWORD": REDACTED,
            "meta": [{"Api-Key": REDACTED, "access_token": REDACTED}]})
        );
    }

    #[test]
    fn a_key_inside_a_text_or_a_field_name_is_cut_to_its_prefix() {
        let given = json!({"notes": format!("use {0}, or {0}.", key()), key(): 1});
        let kept = arguments(&given).to_string();
        assert!(!kept.contains(&key()[PREFIX_CHARS..]), "{kept}");
        assert!(kept.contains(&key()[..PREFIX_CHARS]));
        assert_eq!(client_text(&key()), format!("{}…", &key()[..PREFIX_CHARS]));
    }

    #[test]
    fn long_arguments_are_cut_with_a_mark_and_between_characters() {
        let kept = arguments(&json!({"notes": "é".repeat(MAX_RECORDED_ARGUMENT_BYTES)}));
        assert_eq!(kept["_truncated"], true);
        assert!(kept["_start"].as_str().expect("a text").len() <= MAX_RECORDED_ARGUMENT_BYTES);
        assert!(kept["_bytes"].as_u64().expect("a number") > MAX_RECORDED_ARGUMENT_BYTES as u64);
    }

    #[test]
    fn short_arguments_are_unchanged() {
        let given = json!({"limit": 5, "customer": "O'Brien & Søn", "ids": [null, true]});
        assert_eq!(arguments(&given), given);
    }

    #[test]
    fn a_client_text_is_one_bounded_line() {
        assert_eq!(client_text("Claude\nDesktop"), "ClaudeDesktop");
        assert_eq!(client_text(&"x".repeat(1000)).len(), MAX_CLIENT_TEXT_CHARS);
    }
}

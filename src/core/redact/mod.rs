//! What may be recorded of a caller's input, and what an error or the log may quote of it: no keys, no secrets, and only up to a maximum
//! length.
//!
//! Everything of a caller passes through [`arguments`], [`fields`], [`line`] or [`client_text`] before it is stored or shown. Not found are: a
//! key without its mark (`mcp_live_`), split by visible ASCII characters, in letters that only look like ASCII, or encoded in another way
//! than by escapes, hexadecimal digits or base64, or twice; a secret whose field has a harmless name.

mod keys;
mod secrets;

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::names::{MAX_CLIENT_TEXT_CHARS, MAX_RECORDED_ARGUMENT_BYTES};

const REDACTED: &str = "[redacted]";

/// Arguments in the form in which they are recorded: secrets are replaced, and long arguments are truncated and marked.
#[must_use]
pub fn arguments(arguments: &Value) -> Value {
    let redacted = redact(arguments, &|text| without_secrets(text).into_owned());
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

/// An object whose texts are shown to a caller, such as an error: each as a [`line`].
#[must_use]
pub fn fields(object: &Value) -> Value {
    redact(object, &line)
}

/// A text that quotes a caller, such as an error, for an answer, the record or the server log: without secrets, and on one line.
#[must_use]
pub fn line(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_hidden(*c)).collect();
    without_secrets(&visible).into_owned()
}

/// A text from the client (its name, its version, a tool's name): a [`line`] of limited length.
#[must_use]
pub fn client_text(text: &str) -> String {
    // Cut first, because the text may have megabytes; with room for what is left out.
    let text = &text[..text.floor_char_boundary(20 * MAX_CLIENT_TEXT_CHARS)];
    line(text).chars().take(MAX_CLIENT_TEXT_CHARS).collect()
}

fn redact(value: &Value, text: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| {
                    let value = if secrets::is_secret(name) { Value::from(REDACTED) } else { redact(value, text) };
                    (text(name), value)
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(|item| redact(item, text)).collect()),
        Value::String(value) => Value::String(text(value)),
        other => other.clone(),
    }
}

/// Keys are cut first, so that the end of one that is a password stays out as well.
fn without_secrets(text: &str) -> Cow<'_, str> {
    match keys::cut(text) {
        Cow::Borrowed(text) => secrets::without_passwords(text),
        Cow::Owned(cut) => Cow::Owned(secrets::without_passwords(&cut).into_owned()),
    }
}

/// Characters that cannot be seen: control characters, line and paragraph separators, and those that only change how others are shown.
fn is_hidden(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    !c.is_ascii_graphic() && matches!(get_general_category(c), Control | Format | LineSeparator | ParagraphSeparator)
}

#[cfg(test)]
mod tests;

//! The tools as described by their declarations: schemas, examples and error cases.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::{Database, demo_id};

/// A tool of `mcp_tool_catalog()`.
#[derive(Debug)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its domain.
    pub domain: String,
    /// Whether it is read-only.
    pub read_only: bool,
    /// Its definition as returned by `tools/list`.
    pub definition: Value,
    /// Calls that must succeed.
    pub examples: Vec<Example>,
    /// Calls that must be refused.
    pub errors: Vec<ErrorCase>,
    /// Older names and values that it accepts.
    pub aliases: Value,
}

/// A call on the demo factory.
#[derive(Debug)]
pub struct Example {
    /// The letter of the calling tenant.
    pub tenant: String,
    /// The arguments as declared, with names in place of ids.
    pub named: Value,
    /// The arguments to send.
    pub arguments: Value,
}

/// A call that must be refused.
#[derive(Debug)]
pub struct ErrorCase {
    /// The expected code.
    pub code: String,
    /// The condition, for a reader.
    pub when: String,
    /// The call.
    pub example: Example,
}

impl Tool {
    /// All tools, in the catalogue's order.
    ///
    /// # Panics
    /// If the catalogue does not match this type.
    #[must_use]
    pub fn all(db: &Database) -> Vec<Self> {
        let rows = db.psql(
            "SELECT json_agg(json_build_object('name', name, 'domain', domain, 'read_only', read_only, 'definition', definition,
                                               'examples', examples, 'errors', errors, 'aliases', aliases))
               FROM mcp_tool_catalog()",
        );
        let rows: Vec<Value> = serde_json::from_str(&rows).expect("the catalogue is JSON");
        rows.into_iter().map(Self::from_json).collect()
    }

    fn from_json(mut row: Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().expect("a list");
        Self {
            name: text(&row["name"]),
            domain: text(&row["domain"]),
            read_only: row["read_only"] == true,
            examples: list(&row["examples"]).iter().map(Example::from_json).collect(),
            errors: list(&row["errors"])
                .iter()
                .map(|case| ErrorCase {
                    code: text(&case["code"]),
                    when: text(&case["when"]),
                    example: Example::from_json(&case["example"]),
                })
                .collect(),
            definition: row["definition"].take(),
            aliases: row["aliases"].take(),
        }
    }
}

impl Example {
    fn from_json(value: &Value) -> Self {
        let named: Value = serde_json::from_str(value["arguments"].as_str().expect("a text")).expect("JSON");
        Self { tenant: text(&value["tenant"]), arguments: with_ids(&named), named }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Arguments with the demo factory's ids in place of their names (`@A/job/JOB-1001`).
fn with_ids(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(name) => Value::from(demo_id(name).to_string()),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(with_ids).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), with_ids(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Whether a JSON Schema, or a part of it, describes an id.
#[must_use]
pub fn is_id(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            fields.get("format").is_some_and(|format| format == "uuid")
                || fields.iter().filter(|(name, _)| *name != "properties").any(|(_, inner)| is_id(inner))
        }
        Value::Array(items) => items.iter().any(is_id),
        _ => false,
    }
}

/// Replaces each id in a text by the number of its first appearance, so that answers with different ids can be compared.
#[must_use]
pub fn without_ids(text: &str) -> String {
    let mut seen: Vec<Uuid> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match rest.get(..36).and_then(|piece| Uuid::try_parse(piece).ok()) {
            Some(id) => {
                let number = seen.iter().position(|known| *known == id).unwrap_or_else(|| {
                    seen.push(id);
                    seen.len() - 1
                });
                out += &format!("#{number}");
                rest = &rest[36..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

//! Arguments made up from a tool's `inputSchema`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A value that fits `schema`, a part of `root`: required fields only, each uuid the nil one. None when nothing is known to fit.
pub fn example(root: &Value, schema: &Value) -> Option<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        return example(root, root.pointer(reference.trim_start_matches('#'))?);
    }
    if let Some(value) = schema.get("const") {
        return Some(value.clone());
    }
    for choice in ["enum", "examples"] {
        if let Some(first) = schema[choice].get(0) {
            return Some(first.clone());
        }
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        if let Some(found) = schema[choice].as_array().and_then(|list| list.iter().find_map(|one| example(root, one))) {
            return Some(found);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find_map(|kind| kind.as_str().filter(|kind| *kind != "null"))?,
        other => other.as_str()?,
    };
    Some(match kind {
        "string" => match schema["format"].as_str() {
            Some("uuid") => json!(Uuid::nil()),
            Some("date") => json!("2030-01-01"),
            Some("date-time") => json!("2030-01-01T00:00:00Z"),
            _ => json!("x".repeat(usize::try_from(schema["minLength"].as_u64().unwrap_or(1)).ok()?.max(1))),
        },
        "integer" | "number" => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
        "boolean" => json!(false),
        "array" => json!([example(root, &schema["items"])?]),
        "object" => {
            let mut fields = Map::new();
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                fields.insert(name.to_owned(), example(root, &schema["properties"][name])?);
            }
            Value::Object(fields)
        }
        _ => return None,
    })
}

//! JSON Schemas of Rust types, in the form that MCP clients handle best.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::names::MAX_ANSWER_BYTES;

/// The JSON Schema formats that our types use.
const KNOWN_FORMATS: [&str; 4] = ["date", "date-time", "uuid", "time"];

/// The schema of a type (JSON Schema 2020-12, MCP's default dialect): without `$ref`, and enums as plain lists of values.
#[must_use]
pub fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Value::Object(fields) = &mut schema {
        // The name of a Rust type means nothing to a client.
        fields.remove("title");
        fields.remove("description");
    }
    simplify(&mut schema);
    schema
}

/// An output schema that also allows a tool's error, `{"error": {code, message, …}}`: some clients validate every `structuredContent`
/// against the published schema, including that of an error.
#[must_use]
pub fn or_error(mut output: Value) -> Value {
    let required = output.as_object_mut().and_then(|fields| fields.remove("required")).unwrap_or_else(|| json!([]));
    output["properties"]["error"] = json!({
        "type": "object",
        "description": "Present only if the tool failed (isError), without any other field: what went wrong and what to do about it.",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "hint": {"type": "string"}},
        "required": ["code", "message"],
    });
    output["description"] = format!(
        "At most {MAX_ANSWER_BYTES} bytes. If the answer would be longer, the call fails with limit_exceeded and changes nothing."
    )
    .into();
    output["anyOf"] = json!([{"required": required}, {"required": ["error"]}]);
    output
}

/// At all levels, turns `oneOf` over constants into `enum`, joins the lines of descriptions, and removes formats that JSON Schema does
/// not define (`uint16`).
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(description)) = fields.get_mut("description") {
                *description = in_one_line(description);
            }
            if fields.get("format").is_some_and(|format| !KNOWN_FORMATS.iter().any(|known| format == known)) {
                fields.remove("format");
            }
            if let Some(values) = constants(fields) {
                fields.remove("oneOf");
                fields.insert("type".to_owned(), "string".into());
                fields.insert("enum".to_owned(), values);
            }
            fields.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// A description without the line breaks of the source. Blank lines still separate paragraphs.
fn in_one_line(description: &str) -> String {
    description.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
}

fn constants(fields: &Map<String, Value>) -> Option<Value> {
    let variants = fields.get("oneOf")?.as_array()?;
    variants.iter().map(|variant| variant.get("const").filter(|value| value.is_string()).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Arguments {
        /// Only these.
        status: Option<crate::core::states::JobStatus>,
    }

    #[test]
    fn a_description_has_no_line_breaks_of_the_source() {
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Described {
            /// One sentence that is
            /// continued.
            ///
            /// Another paragraph.
            field: i32,
        }
        let schema = of::<Described>();
        assert_eq!(
            schema["properties"]["field"]["description"],
            "One sentence that is continued.\n\nAnother paragraph."
        );
    }

    #[test]
    fn a_schema_is_closed_and_has_plain_enums() {
        assert_eq!(
            of::<Arguments>(),
            json!({
                "type": "object",
                "additionalProperties": false,
                "properties": {"status": {
                    "description": "Only these.",
                    "anyOf": [
                        {"description": "`job_status`: the state of a job or a part.",
                         "type": "string", "enum": ["not_started", "in_progress", "completed", "on_hold"]},
                        {"type": "null"},
                    ],
                }},
            })
        );
    }
}

//! Arguments: older names are translated, the result is checked against the published schema and read into the tool's type.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{ToolError, ToolErrorCode};

/// How similar two names must be for a "did you mean" (Jaro-Winkler, 0 to 1).
const SIMILAR: f64 = 0.75;

thread_local! {
    /// The compiled schema of each tool that this backend has run. Compiling takes longer than checking.
    static VALIDATORS: RefCell<HashMap<&'static str, Rc<Validator>>> = RefCell::new(HashMap::new());
}

/// The arguments that a tool accepts.
#[derive(Debug)]
pub struct Accepted {
    /// The tool's name.
    pub tool: &'static str,
    /// Older names of fields: `(old, new)`.
    pub field_aliases: &'static [(&'static str, &'static str)],
    /// Older values of fields: `(field, old, new)`.
    pub value_aliases: &'static [(&'static str, &'static str, &'static str)],
    /// The JSON Schema of the arguments.
    pub schema: fn() -> Value,
}

impl Accepted {
    /// Translates and checks arguments.
    ///
    /// # Errors
    /// `invalid_arguments`, with the name of the field.
    pub fn check(&self, arguments: Value) -> Result<Value, ToolError> {
        let arguments = match arguments {
            Value::Null => Value::Object(Map::new()),
            Value::Object(fields) => Value::Object(self.translate(fields)?),
            _ => {
                return Err(ToolError::new(ToolErrorCode::InvalidArguments, "arguments must be a JSON object")
                    .hint("nest at most 127 levels deep, and use only numbers that fit a double"));
            }
        };
        let validator = self.validator();
        if let Some(error) = validator.iter_errors(&arguments).next() {
            return Err(explain(&(self.schema)(), &error));
        }
        Ok(arguments)
    }

    fn translate(&self, mut fields: Map<String, Value>) -> Result<Map<String, Value>, ToolError> {
        for (old, new) in self.field_aliases {
            if let Some(value) = fields.remove(*old) {
                if fields.contains_key(*new) {
                    return Err(ToolError::invalid(
                        new,
                        format!("give either {new} or its older name {old}, not both"),
                    ));
                }
                fields.insert((*new).to_owned(), value);
            }
        }
        for (field, old, new) in self.value_aliases {
            if let Some(value) = fields.get_mut(*field)
                && value == old
            {
                *value = Value::from(*new);
            }
        }
        Ok(fields)
    }

    fn validator(&self) -> Rc<Validator> {
        VALIDATORS.with_borrow_mut(|validators| {
            Rc::clone(validators.entry(self.tool).or_insert_with(|| {
                let options = jsonschema::options().should_validate_formats(true);
                Rc::new(options.build(&(self.schema)()).expect("a generated schema is valid"))
            }))
        })
    }
}

/// Reads checked arguments. Errors that the schema cannot express, such as a date that does not exist, are found here.
///
/// # Errors
/// `invalid_arguments`.
pub fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, ToolError> {
    serde_path_to_error::deserialize(arguments).map_err(|error| {
        let field = error.path().to_string();
        ToolError::invalid(&field, format!("{field}: {}", error.into_inner()))
    })
}

fn explain(schema: &Value, error: &ValidationError<'_>) -> ToolError {
    let field = dotted(error.instance_path().as_str());
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let name = unexpected.first().map(String::as_str).unwrap_or_default();
            let known = known_fields(schema, error.schema_path().as_str());
            let error = ToolError::invalid(&join(&field, name), format!("unknown field: {name}"));
            let error = match nearest(name, &known) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error,
            };
            error.with("known_fields", known)
        }
        ValidationErrorKind::Required { property } => {
            let field = join(&field, property.as_str().unwrap_or_default());
            ToolError::invalid(&field, format!("{field} is required"))
        }
        ValidationErrorKind::Type { kind: TypeKind::Single(expected) } => {
            ToolError::invalid(&field, format!("{field} must be of type {expected}"))
        }
        // A union, usually an optional enum. The published schema of the field lists the accepted values.
        ValidationErrorKind::AnyOf { .. }
        | ValidationErrorKind::Enum { .. }
        | ValidationErrorKind::OneOfNotValid { .. } => {
            let accepted = accepted_values(schema.pointer(error.schema_path().as_str()));
            let error = ToolError::invalid(&field, format!("the value of {field} is not accepted"));
            if accepted.is_empty() { error } else { error.with("accepted", accepted) }
        }
        _ => ToolError::invalid(&field, format!("{field}: {}", error.masked())),
    }
}

/// A JSON pointer in the usual notation: `/parts/0/quantity` becomes `parts[0].quantity`.
fn dotted(pointer: &str) -> String {
    pointer.split('/').skip(1).fold(String::new(), |path, step| match step.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) => join(&path, step),
    })
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// The fields of the object whose `additionalProperties` was violated.
fn known_fields(schema: &Value, additional_properties: &str) -> Vec<String> {
    let object = additional_properties.strip_suffix("/additionalProperties").unwrap_or_default();
    let properties = schema.pointer(object).and_then(|object| object["properties"].as_object());
    properties.into_iter().flat_map(Map::keys).cloned().collect()
}

/// The values of the first `enum` at or below the place where a check failed.
fn accepted_values(schema: Option<&Value>) -> Vec<Value> {
    match schema {
        Some(Value::Object(fields)) => match fields.get("enum") {
            Some(Value::Array(values)) => values.clone(),
            _ => fields
                .values()
                .map(|inner| accepted_values(Some(inner)))
                .find(|found| !found.is_empty())
                .unwrap_or_default(),
        },
        Some(Value::Array(items)) => {
            if items.iter().all(Value::is_string) {
                return items.clone();
            }
            items.iter().map(|inner| accepted_values(Some(inner))).find(|found| !found.is_empty()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    known
        .iter()
        .map(|near| (strsim::jaro_winkler(name, near), near.as_str()))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, near)| near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_place_is_named_as_people_write_it() {
        for (pointer, path) in
            [("", ""), ("/limit", "limit"), ("/parts/0/steps/12/cell_id", "parts[0].steps[12].cell_id")]
        {
            assert_eq!(dotted(pointer), path);
        }
    }

    #[test]
    fn what_the_schema_cannot_say_is_refused_with_its_field_when_it_is_read() {
        #[derive(Debug, serde::Deserialize)]
        struct Arguments {
            #[expect(dead_code, reason = "only read")]
            due: Option<crate::run::values::Moment>,
        }
        let error = read::<Arguments>(json!({"due": "0000-01-01"})).expect_err("year 0");
        assert_eq!(error.code, ToolErrorCode::InvalidArguments);
        assert_eq!(error.details["field"], "due");
    }

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let known = ["limit".to_owned(), "customer".to_owned()];
        assert_eq!(nearest("limt", &known), Some("limit"));
        assert_eq!(nearest("xyz", &known), None);
    }
}

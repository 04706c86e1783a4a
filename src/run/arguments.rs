//! Arguments: older words translated, checked against the published schema, read into the tool's type.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::tool::Tool;
use crate::error::{ToolError, ToolErrorCode};

/// At least this similar (Jaro-Winkler, 0 to 1) for a "did you mean".
const SIMILAR: f64 = 0.75;

thread_local! {
    /// A compiled schema for each tool that this backend ran; compiling takes longer than checking.
    static VALIDATORS: RefCell<HashMap<&'static str, Rc<Validator>>> = RefCell::new(HashMap::new());
}

/// Translates and checks arguments.
///
/// # Errors
/// `invalid_arguments`, naming the field.
pub fn check(tool: &'static Tool, arguments: Value) -> Result<Value, ToolError> {
    let arguments = match arguments {
        Value::Null => Value::Object(Map::new()),
        Value::Object(fields) => Value::Object(translate(tool, fields)?),
        _ => return Err(ToolError::new(ToolErrorCode::InvalidArguments, "arguments must be a JSON object")),
    };
    let validator = validator(tool);
    if let Some(error) = validator.iter_errors(&arguments).next() {
        return Err(explain(tool, &error));
    }
    Ok(arguments)
}

/// Reads checked arguments. What the schema cannot say (a date that does not exist) is found here.
///
/// # Errors
/// `invalid_arguments`.
pub fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, ToolError> {
    serde_json::from_value(arguments)
        .map_err(|error| ToolError::new(ToolErrorCode::InvalidArguments, error.to_string()))
}

fn translate(tool: &Tool, mut fields: Map<String, Value>) -> Result<Map<String, Value>, ToolError> {
    for (old, new) in tool.field_aliases {
        if let Some(value) = fields.remove(*old) {
            if fields.contains_key(*new) {
                return Err(ToolError::invalid(new, format!("{new} and its older name {old} cannot both be given")));
            }
            fields.insert((*new).to_owned(), value);
        }
    }
    for (field, old, new) in tool.value_aliases {
        if let Some(value) = fields.get_mut(*field)
            && value == old
        {
            *value = Value::from(*new);
        }
    }
    Ok(fields)
}

fn validator(tool: &'static Tool) -> Rc<Validator> {
    VALIDATORS.with_borrow_mut(|validators| {
        Rc::clone(validators.entry(tool.name).or_insert_with(|| {
            let options = jsonschema::options().should_validate_formats(true);
            Rc::new(options.build(&(tool.input_schema)()).expect("a generated schema is a schema"))
        }))
    })
}

fn explain(tool: &Tool, error: &ValidationError<'_>) -> ToolError {
    let path = error.instance_path().to_string();
    let field = path.trim_start_matches('/').replace('/', ".");
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let name = unexpected.first().map(String::as_str).unwrap_or_default();
            let known = known_fields(tool);
            let error = ToolError::invalid(name, format!("unknown field: {name}"))
                .with("known_fields", known.iter().map(|name| Value::from(*name)).collect::<Vec<_>>());
            match nearest(name, &known) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error,
            }
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            ToolError::invalid(name, format!("{name} is required"))
        }
        ValidationErrorKind::Type { kind: TypeKind::Single(expected) } => {
            ToolError::invalid(&field, format!("{field} must be of type {expected}"))
        }
        // A union: an optional enum, mostly. The published schema of the field says what is accepted.
        ValidationErrorKind::AnyOf { .. }
        | ValidationErrorKind::Enum { .. }
        | ValidationErrorKind::OneOfNotValid { .. } => {
            let accepted = accepted_values((tool.input_schema)().pointer(error.schema_path().as_str()));
            let error = ToolError::invalid(&field, format!("{field} has a value that is not accepted"));
            if accepted.is_empty() { error } else { error.with("accepted", accepted) }
        }
        _ => ToolError::invalid(&field, format!("{field}: {}", error.masked())),
    }
}

fn known_fields(tool: &Tool) -> Vec<&'static str> {
    // Schemas are made for a tool's life; the names are leaked once a backend and tool, on its first unknown field only.
    thread_local! {
        static KNOWN: RefCell<HashMap<&'static str, Vec<&'static str>>> = RefCell::new(HashMap::new());
    }
    KNOWN.with_borrow_mut(|known| {
        known
            .entry(tool.name)
            .or_insert_with(|| {
                let schema = (tool.input_schema)();
                let properties = schema["properties"].as_object();
                properties.into_iter().flat_map(Map::keys).map(|name| &*name.clone().leak()).collect()
            })
            .clone()
    })
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

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|near| (strsim::jaro_winkler(name, near), *near))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, near)| near)
}

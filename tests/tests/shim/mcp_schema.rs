//! The specification's JSON schemas, if `MCP_SCHEMA_DIR` names their directory.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

/// The schema of one protocol version.
pub struct Schema {
    root: Value,
    definitions: &'static str,
}

impl Schema {
    /// Reads it. Without `MCP_SCHEMA_DIR`, reports, bypassing the test harness's capture, that nothing is validated.
    pub fn of(version: &str) -> Option<Self> {
        let Some(folder) = std::env::var_os("MCP_SCHEMA_DIR").filter(|value| !value.is_empty()) else {
            let mut stderr = std::io::stderr();
            let _ = writeln!(
                stderr,
                "\n*** NOT RUN: messages of {version} were not validated, MCP_SCHEMA_DIR is not set ***\n"
            );
            return None;
        };
        let path = PathBuf::from(folder).join(format!("{version}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let root: Value = serde_json::from_str(&text).expect("the schema is JSON");
        let definitions = if root.get("$defs").is_some() { "$defs" } else { "definitions" };
        Some(Self { root, definitions })
    }

    /// Validates a whole message, and its result as the named type.
    pub fn check(&self, message: &Value, result_type: &str) {
        if message.get("error").is_some() {
            return self.validate(self.first(&["JSONRPCErrorResponse", "JSONRPCError"]), message);
        }
        self.validate(self.first(&["JSONRPCResultResponse", "JSONRPCResponse"]), message);
        self.validate(result_type, &message["result"]);
    }

    fn first(&self, names: &[&'static str]) -> &'static str {
        names.iter().find(|name| self.root[self.definitions].get(name).is_some()).expect("the schema knows responses")
    }

    fn validate(&self, name: &str, value: &Value) {
        assert!(self.root[self.definitions].get(name).is_some(), "the schema does not define {name}");
        let schema = json!({
            "$schema": self.root["$schema"],
            "$ref": format!("#/{}/{name}", self.definitions),
            self.definitions: self.root[self.definitions],
        });
        assert_valid(&schema, value, name);
    }
}

/// Asserts that a value matches a JSON schema.
pub fn assert_valid(schema: &Value, value: &Value, what: &str) {
    let validator = jsonschema::validator_for(schema).expect("the schema is valid");
    let problems: Vec<_> =
        validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(problems.is_empty(), "no {what}: {problems:?}\n{value}");
}

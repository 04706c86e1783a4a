//! The specification's JSON schemas, if `MCP_SCHEMA_DIR` names their directory.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Once;

use jsonschema::Validator;
use serde_json::{Value, json};

/// The directory. If there is none, reports it, bypassing the test harness's capture.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("MCP_SCHEMA_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    static SAID: Once = Once::new();
    if folder.is_none() {
        SAID.call_once(say_it_did_not_run);
    }
    folder
}

fn say_it_did_not_run() {
    let _ = writeln!(
        std::io::stderr(),
        "\n*** NOT RUN: the shim's messages were not validated against the MCP schemas; set MCP_SCHEMA_DIR ***\n"
    );
}

/// The schema of one protocol version.
pub struct Schema {
    root: Value,
    definitions: &'static str,
}

impl Schema {
    /// Reads `<version>.json`.
    pub fn read(folder: &std::path::Path, version: &str) -> Self {
        let path = folder.join(format!("{version}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let root: Value = serde_json::from_str(&text).expect("the schema is JSON");
        let definitions = if root.get("$defs").is_some() { "$defs" } else { "definitions" };
        Self { root, definitions }
    }

    /// Validates a message, and its result according to the request's method.
    pub fn check(&self, method: Option<&str>, message: &Value) {
        let Some(result) = message.get("result") else {
            let error = ["JSONRPCErrorResponse", "JSONRPCError"].into_iter().find(|n| self.knows(n));
            return self.validate(error.expect("an error's schema"), message);
        };
        let response = ["JSONRPCResultResponse", "JSONRPCResponse"].into_iter().find(|n| self.knows(n));
        self.validate(response.expect("a response's schema"), message);
        let name = match method.expect("a result answers a request") {
            "initialize" => "InitializeResult",
            "server/discover" => "DiscoverResult",
            "tools/list" => "ListToolsResult",
            "tools/call" => "CallToolResult",
            _ => "EmptyResult",
        };
        self.validate(name, result);
    }

    fn knows(&self, name: &str) -> bool {
        self.root[self.definitions].get(name).is_some()
    }

    fn validate(&self, name: &str, value: &Value) {
        let schema = json!({
            "$schema": self.root["$schema"],
            "$ref": format!("#/{}/{name}", self.definitions),
            self.definitions: self.root[self.definitions],
        });
        let validator: Validator = jsonschema::validator_for(&schema).expect("the schema is valid");
        let problems: Vec<_> =
            validator.iter_errors(value).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        assert!(problems.is_empty(), "{value} is not a valid {name}: {problems:?}");
    }
}

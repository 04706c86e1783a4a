//! The tools that a key may call: the JSON array in `mcp_authentication_keys.allowed_tools`.

use serde_json::Value;

/// The tools that a key may call. A value that is not an array of names allows none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolScope {
    /// `["*"]`
    All,
    /// Only these names.
    Named(Vec<String>),
}

impl ToolScope {
    /// Parses the column's value; anything other than an array of strings allows nothing.
    #[must_use]
    pub fn from_json(allowed: &Value) -> Self {
        let names = allowed.as_array().map(Vec::as_slice).unwrap_or_default();
        if names.iter().any(|name| name == "*") {
            return Self::All;
        }
        Self::Named(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Whether the tool may be called.
    #[must_use]
    pub fn allows(&self, tool: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|name| name == tool),
        }
    }
}

/// Checks a value for `allowed_tools` before it is stored.
///
/// # Errors
/// A sentence that says what is wrong with the value.
pub fn check_allowed_tools(allowed: &Value, is_tool: impl Fn(&str) -> bool) -> Result<(), String> {
    let Some(names) = allowed.as_array() else {
        return Err("allowed_tools must be a JSON array of tool names, or [\"*\"] for all tools".to_owned());
    };
    for name in names {
        match name.as_str() {
            Some(name) if name == "*" || is_tool(name) => {}
            Some(name) => return Err(format!("allowed_tools names an unknown tool: {name}")),
            None => return Err(format!("allowed_tools must contain tool names, not {name}")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_star_allows_everything_and_a_list_only_its_names() {
        assert!(ToolScope::from_json(&json!(["*"])).allows("fetch_jobs"));
        assert!(ToolScope::from_json(&json!(["fetch_jobs", "*"])).allows("start_job"));
        let named = ToolScope::from_json(&json!(["fetch_jobs"]));
        assert!(named.allows("fetch_jobs"));
        assert!(!named.allows("start_job"));
        assert!(!named.allows("*"));
    }

    #[test]
    fn what_is_not_a_list_of_names_allows_nothing() {
        for odd in [json!(null), json!("*"), json!({"*": true}), json!([]), json!([1, null])] {
            assert!(!ToolScope::from_json(&odd).allows("fetch_jobs"), "{odd} allowed a tool");
        }
    }

    #[test]
    fn unknown_names_and_other_types_are_not_stored() {
        let is_tool = |name: &str| name == "fetch_jobs";
        assert!(check_allowed_tools(&json!(["*"]), is_tool).is_ok());
        assert!(check_allowed_tools(&json!([]), is_tool).is_ok());
        assert!(check_allowed_tools(&json!(["fetch_jobs"]), is_tool).is_ok());
        for bad in [json!(null), json!("fetch_jobs"), json!(["fetch_job"]), json!([1])] {
            assert!(check_allowed_tools(&bad, is_tool).is_err(), "{bad} was accepted");
        }
    }
}

//! Reading answers of `mcp_call_tool`.

use serde_json::Value;

/// The `data.type` of a refusal; empty if it is not a refusal.
#[must_use]
pub fn refusal(answer: &Value) -> &str {
    answer["error"]["data"]["type"].as_str().unwrap_or_default()
}

/// The code of a failed tool's error; empty if it did not fail.
#[must_use]
pub fn tool_error(answer: &Value) -> &str {
    if answer["result"]["isError"] != true {
        return "";
    }
    answer["result"]["structuredContent"]["error"]["code"].as_str().unwrap_or("no code")
}

/// Whether the tool succeeded.
#[must_use]
pub fn succeeded(answer: &Value) -> bool {
    answer["result"]["isError"] == false
}

/// The outcome in one word, for comparison: `ok`, a tool error's code or a refusal's type.
#[must_use]
pub fn outcome(answer: &Value) -> &str {
    if succeeded(answer) {
        "ok"
    } else if answer.get("error").is_some() {
        refusal(answer)
    } else {
        tool_error(answer)
    }
}

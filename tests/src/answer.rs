//! What an answer of `mcp_call_tool` says.

use serde_json::Value;

/// The `data.type` of a refusal; empty when it is none.
#[must_use]
pub fn refusal(answer: &Value) -> &str {
    answer["error"]["data"]["type"].as_str().unwrap_or_default()
}

/// The code of a failed tool's error; empty when it did not fail.
#[must_use]
pub fn tool_error(answer: &Value) -> &str {
    if answer["result"]["isError"] != true {
        return "";
    }
    answer["result"]["structuredContent"]["error"]["code"].as_str().unwrap_or("no code")
}

/// Whether the tool did its work.
#[must_use]
pub fn succeeded(answer: &Value) -> bool {
    answer["result"]["isError"] == false
}

/// In one word, for comparing: `ok`, a tool error's code or a refusal's type.
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

//! How many rows have each of the values of a column.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::core::states::State;

/// The SQL expression of a JSON object with the number of rows for each of these values of a column. Conditions on the rows that count
/// can precede the column, each followed by `AND`.
pub(in crate::tools) fn counts<S: State>(column: &str, values: &[S]) -> String {
    let count = |value: &S| {
        let name = value.name();
        format!("'{name}', count(*) FILTER (WHERE {column} = '{name}')")
    };
    format!("json_build_object({})", values.iter().map(count).collect::<Vec<_>>().join(", "))
}

// Without a doc comment, which would be published wherever a field of this type has none.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct BySeverity {
    low: i64,
    medium: i64,
    high: i64,
    critical: i64,
}

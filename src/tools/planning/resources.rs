//! How much there is of a resource, and when operations need it, in the words of SQL: what is free and what can be assigned must be one
//! story.

use crate::tools::shared::with_rules;

/// How many pieces there are of the resource `r`, as its metadata says; null when it says nothing.
const PIECES: &str = include_str!("resource_pieces.sql");

/// Since when the operation `o` needs its resources, with `o.running` for whether it is in progress; null when nobody knows. Running work
/// holds what it uses from now on, whatever was planned.
const NEED_BEGINS: &str = include_str!("need_begins.sql");

/// Until when it needs them: `infinity` for running work without dates.
const NEED_ENDS: &str = include_str!("need_ends.sql");

/// A statement with its gaps filled, those for resources among them.
pub(in crate::tools) fn with_resources(text: &str) -> String {
    [("{{resource_pieces}}", PIECES), ("{{need_begins}}", NEED_BEGINS), ("{{need_ends}}", NEED_ENDS)]
        .iter()
        .fold(with_rules(text), |text, (gap, rule)| text.replace(gap, rule.trim_end()))
}

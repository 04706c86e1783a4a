//! How much there is of a resource, and when operations need it, in the words of SQL: what is free and what can be assigned must be one
//! story.

use crate::pg::statement::{Fill, Rules};

/// The rules of resources:
/// - `{{resource_pieces}}`: how many pieces there are of the resource `r`, as its metadata says; null when it says nothing;
/// - `{{need_begins}}`: since when the operation `o` needs its resources, with `o.running` for whether it is in progress; null when that is
///   unknown. Running work holds what it uses from now on, whatever was planned;
/// - `{{need_ends}}`: until when it needs them, `infinity` for running work without dates.
pub(super) const RESOURCE_RULES: &Rules = &[
    ("resource_pieces", Fill::Text(include_str!("resource_pieces.sql"))),
    ("need_begins", Fill::Text(include_str!("need_begins.sql"))),
    ("need_ends", Fill::Text(include_str!("need_ends.sql"))),
];

//! What each tool can do with the tables of a schema.

use std::collections::BTreeSet;

use pgrx::prelude::*;

use super::assert_operator;
use crate::pg::query;
use crate::pg::report::ErrorReport;
use crate::pg::session::extension_schema;
use crate::pg::shape::Shape;
use crate::pg::statement::Schemas;
use crate::verdict::{Verdict, verdicts};
use crate::{sql_args, statement};

#[pg_extern]
#[search_path(pg_catalog, pg_temp)]
pub(crate) fn mcp_tool_verdicts(
    p_schema: Option<&str>,
) -> Result<
    TableIterator<'static, (name!(tool, &'static str), name!(verdict, String), name!(reason, Option<String>))>,
    ErrorReport,
> {
    assert_operator()?;
    let Some(mes) = p_schema else { return Ok(TableIterator::empty()) };
    statement! {
        static MISSING = "SELECT missing FROM {{extension}}.mcp_mes_missing($1)"; [Text];
    }
    let missing: Vec<String> = query::write(&MISSING, sql_args![mes], |rows| {
        Ok(rows.filter_map(|row| row.get::<String>(1).ok().flatten()).collect())
    });
    let extension = extension_schema();
    let rows = verdicts(Schemas { mes, extension: &extension, shape: Shape::now(mes) }, &|sql| unparsed(sql, &missing));
    Ok(TableIterator::new(rows.into_iter().map(|(tool, verdict)| match verdict {
        Verdict::Works => (tool.name, "works".to_owned(), None),
        Verdict::Without(parts) => {
            let names: Vec<_> = parts.keys().copied().collect();
            let reasons: BTreeSet<_> = parts.values().map(String::as_str).collect();
            let reasons = Vec::from_iter(reasons).join(", ");
            (tool.name, format!("works without {}", names.join(", ")), Some(reasons))
        }
        Verdict::Cannot(reason) => (tool.name, "cannot".to_owned(), Some(reason)),
    })))
}

/// What PostgreSQL does not see when it parses: a column of a type that it can compare but the tools cannot read, and the unique key of an
/// ON CONFLICT, which only the planner looks for.
fn unparsed(sql: &str, missing: &[String]) -> Option<String> {
    let uses = |word: &str| {
        sql.match_indices(word).any(|(at, _)| {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            !sql[..at].ends_with(is_part) && !sql[at + word.len()..].starts_with(is_part)
        })
    };
    missing
        .iter()
        .find(|missing| {
            if let Some((key, table)) = missing.strip_prefix("unique key ").and_then(|key| key.split_once(" of table "))
            {
                return uses(table) && sql.contains(&format!("ON CONFLICT {key}"));
            }
            let column = missing.strip_prefix("column ").filter(|column| column.contains(" of type "));
            let column = column.and_then(|column| column.split(' ').next()?.split_once('.'));
            column.is_some_and(|(table, column)| uses(table) && uses(column))
        })
        .cloned()
}

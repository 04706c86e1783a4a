//! What each tool can do with the tables of a schema.

use std::collections::BTreeSet;

use pgrx::prelude::*;
use pgrx::spi::quote_identifier;

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
        static RULES = "SELECT kind, table_name, ARRAY[names], missing
                          FROM {{extension}}.mcp_mes_missing($1) WHERE table_name IS NOT NULL
                        UNION ALL
                        SELECT kind, table_name, details, reason FROM {{extension}}.mcp_host_refusals($1)"; [Text];
    }
    let rules: Vec<Rule> = query::write(&RULES, sql_args![mes], |rows| {
        Ok(rows
            .filter_map(|row| {
                Some(Rule {
                    kind: row.get(1).ok()??,
                    table: format!("{}.{}", quote_identifier(mes), row.get::<String>(2).ok()??),
                    names: row.get::<Vec<Option<String>>>(3).ok()??.into_iter().flatten().collect(),
                    reason: row.get(4).ok()??,
                })
            })
            .collect())
    });
    let extension = extension_schema();
    let rows = verdicts(Schemas { mes, extension: &extension, shape: Shape::now(mes) }, &|sql| unparsed(sql, &rules));
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

/// Something by which PostgreSQL refuses a statement only when it runs.
struct Rule {
    kind: String,
    /// The table, as statements write it.
    table: String,
    /// Columns, or for a policy the privileges of the table that it applies to.
    names: Vec<String>,
    reason: String,
}

/// What PostgreSQL does not see when it parses: a view in a table's place, a column of a type that it can compare but the tools cannot read,
/// the unique key of an ON CONFLICT, which only the planner looks for, policies that the tools' role may not evaluate, and required columns.
fn unparsed(sql: &str, rules: &[Rule]) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let places_of = |word: &str| -> Vec<usize> {
        let places = sql.match_indices(word).map(|(at, _)| at);
        places.filter(|at| !sql[..*at].ends_with(is_part) && !sql[at + word.len()..].starts_with(is_part)).collect()
    };
    let found = rules.iter().find(|rule| {
        let places = places_of(&rule.table);
        let after = |verb: &str| places.iter().any(|at| sql[..*at].trim_end().ends_with(verb));
        let does = |privilege: &str| match privilege {
            "INSERT" => after("INSERT INTO"),
            "DELETE" => after("DELETE FROM"),
            "UPDATE" => after("UPDATE") || after("INSERT INTO") && sql.contains("DO UPDATE"),
            _ => !places.is_empty(),
        };
        match rule.kind.as_str() {
            "table" => !places.is_empty(),
            "column type" => !places.is_empty() && rule.names.iter().any(|column| !places_of(column).is_empty()),
            "unique key" => {
                after("INSERT INTO") && rule.names.iter().any(|key| sql.contains(&format!("ON CONFLICT ({key})")))
            }
            "policy" => rule.names.iter().any(|privilege| does(privilege)),
            "required" => after("INSERT INTO"),
            // PostgreSQL says so itself.
            _ => false,
        }
    });
    found.map(|rule| rule.reason.clone())
}

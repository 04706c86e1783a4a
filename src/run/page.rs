//! Lists: keyset pages, with a total on request.
//!
//! The first parameters of a page's statement are `[Uuid, Int8, Text, Uuid]`: the tenant, the number of rows, and the sort key and id of
//! the previous page's last row. The statement returns three columns: the row as JSON text, its sort key as text, and its id. Filters and
//! orders are parts: filters fill `{{where}}` (see [`Part`]), optional columns fill `{{more}}`, and [`ascending`] or [`descending`] makes
//! an order. [`RULES`] fills the rest:
//! - `{{page}}`: the common table expression `page`, with the `{{columns}}` of the rows `{{listed}}` (tables, with the `WHERE`), and their
//!   `sort_key`;
//! - `{{order}}`: the direction of the sort key, followed by the id as tie-breaker; each list defines its own `{{id}}`;
//! - `{{most}}`: the maximum number of rows on a page. For `LIMIT $2` alone, the planner assumes a tenth of all rows, and sorts them all
//!   instead of walking along an index.

use chrono::DateTime;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::call::{Call, json};
use super::values::{Limit, is_known};
use crate::core::cursor::Cursor;
use crate::core::json::Json;
use crate::error::ToolError;
use crate::names::{MAX_LIMIT, MAX_LIST_BYTES};
use crate::pg::args::{Arg, IntoArg, again, from_uuid};
use crate::pg::statement::{Choice, Fill, Part, Rules, Statement};

/// The gaps that the statement of every page has.
pub const RULES: &Rules = &[
    ("order", Fill::Text("{{direction}}, {{id}} {{direction}}")),
    ("page", Fill::Text(include_str!("page.sql"))),
    ("most", Fill::Count(MAX_LIMIT as usize + 1)),
];

/// The condition that skips the previous pages.
pub const CURSOR: &[Part] = &[Part::condition("cursor", "({{key}}, {{id}}) {{beyond}} ($3::{{key_type}}, $4)")];

/// A named order, smallest first. `key` is an SQL expression that is never null and, together with the id, unique; `key_type` is its type,
/// `timestamptz` or `text`.
#[must_use]
pub const fn ascending(name: &'static str, key: &'static str, key_type: &'static str) -> [Part; 4] {
    order(name, key, key_type, "ASC", ">")
}

/// A named order, largest first; see [`ascending`].
#[must_use]
pub const fn descending(name: &'static str, key: &'static str, key_type: &'static str) -> [Part; 4] {
    order(name, key, key_type, "DESC", "<")
}

const fn order(
    name: &'static str,
    key: &'static str,
    key_type: &'static str,
    direction: &'static str,
    beyond: &'static str,
) -> [Part; 4] {
    [
        Part::one_of("order", name, "key", key),
        Part::one_of("order", name, "key_type", key_type),
        Part::one_of("order", name, "direction", direction),
        Part::one_of("order", name, "beyond", beyond),
    ]
}

/// The filter on a column of an enum type: at most one of its values, by name. The value is a constant in the text, because only then can
/// the planner estimate how many rows match and use a partial index on states.
///
/// In an attached database a state can be null; every tool treats that as not_started.
#[macro_export]
macro_rules! one_state {
    ($group:literal: $column:literal in [$($value:tt),+ $(,)?]) => {
        &[$($crate::pg::statement::Part::at_most_one_of($group, $value, "where", $crate::one_state!(@ $column $value))),+]
    };
    (@ $column:literal "not_started") => {
        concat!("(", $column, " = 'not_started' OR ", $column, " IS NULL)")
    };
    (@ $column:literal $value:tt) => { concat!($column, " = '", $value, "'") };
}

/// The SQL expression that converts the text of a [`Moment`](super::values::Moment) to `timestamptz`. It is a subselect, so that the text
/// is parsed once per statement rather than once per row. The statement requires the rule `{{time_zone}}`.
#[macro_export]
macro_rules! instant {
    ($text:literal) => {
        concat!(
            "(SELECT CASE WHEN length(",
            $text,
            ") = 10 THEN ",
            $text,
            "::timestamp AT TIME ZONE {{time_zone}} ELSE ",
            $text,
            "::timestamptz END)"
        )
    };
}

/// The SQL expression of a composite sort key: the concatenation of `parts`, which are texts that sort like the values they represent.
#[must_use]
pub fn text_key(parts: &[&str]) -> String {
    format!("(({}) COLLATE \"C\")", parts.join(" || "))
}

/// An integer as part of a [`text_key`].
#[must_use]
pub fn integer_part(expression: &str) -> String {
    format!("lpad(({expression} + 2147483648)::text, 10, '0')")
}

/// An instant up to the year 9999 as part of a [`text_key`]; null and infinity sort last.
#[must_use]
pub fn instant_part(expression: &str) -> String {
    format!("coalesce(to_char({expression} AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), '~')")
}

/// The page that a caller requests.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The name of an order of the list.
    pub order: &'static str,
    /// The argument `cursor`.
    pub cursor: Option<&'a str>,
    /// The argument `limit`.
    pub limit: Limit,
}

/// One page.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Json<Vec<T>>,
    /// The number of rows.
    pub count: usize,
    /// The cursor of the next page, if there is one.
    pub next_cursor: Option<String>,
    /// Whether the page ends before its limit because it reached [`MAX_LIST_BYTES`].
    pub truncated: bool,
}

/// The requested page of the rows that match the choice. `args` are the parameters after the four that every page has.
///
/// # Errors
/// `invalid_arguments` if the cursor belongs to another list or order.
pub fn page<T: DeserializeOwned>(
    call: &Call<'_>,
    statement: &'static Statement,
    mut choice: Choice<'_>,
    wanted: Wanted<'_>,
    args: &[Arg<'_>],
) -> Result<Page<T>, ToolError> {
    let key_type = statement
        .part_text(wanted.order, "key_type")
        .unwrap_or_else(|| panic!("{statement} has no order {}", wanted.order));
    let cursor = wanted.cursor.map(|text| {
        Cursor::decode(text)
            .filter(|cursor| {
                cursor.order == wanted.order && cursor.key.as_deref().is_some_and(|key| fits(key, key_type))
            })
            .ok_or_else(|| {
                ToolError::invalid("cursor", "the cursor does not belong to this list in this order")
                    .hint("omit cursor for the first page, or repeat the arguments that returned it")
            })
    });
    let cursor = cursor.transpose()?;
    choice.part(wanted.order);
    choice.when("cursor", cursor.is_some());
    let limit = wanted.limit.rows();
    // One extra row shows whether there is a next page.
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let (key, id) = cursor.map_or((None, None), |cursor| (cursor.key, Some(cursor.id)));
    let first = [most.into_arg(), key.into_arg(), id.into_arg()];
    let args: Vec<_> = first.iter().chain(args).map(again).collect();
    Ok(call.query(statement, &choice, &args, |mut rows| {
        let found = rows.len();
        let (mut text, mut count, mut truncated) = (String::from("["), 0, false);
        let mut last = (None, Uuid::nil());
        while count < found.min(limit) {
            rows.next();
            let row = rows.get::<&str>(1)?.unwrap_or("null");
            if count > 0 && text.len() + row.len() > MAX_LIST_BYTES {
                truncated = true;
                break;
            }
            if count > 0 {
                text.push(',');
            }
            text.push_str(row);
            count += 1;
            last = (rows.get(2)?, rows.get::<pgrx::Uuid>(3)?.map(from_uuid).unwrap_or_default());
        }
        text.push(']');
        let (key, id) = last;
        let next_cursor = (count < found).then(|| Cursor { order: wanted.order.to_owned(), key, id }.encode());
        Ok(Page { rows: json(statement, text), count, next_cursor, truncated })
    }))
}

/// The number of all rows that match the choice, on all pages.
#[must_use]
pub fn total(call: &Call<'_>, statement: &'static Statement, choice: &Choice<'_>) -> i64 {
    call.query(statement, choice, &[], |rows| rows.first().get_one::<i64>()).unwrap_or_default()
}

/// Whether `key` can be cast to a sort key of this type. It comes from a client.
fn fits(key: &str, key_type: &str) -> bool {
    match key_type {
        // With the sign, chrono also reads five-digit years: in some time zones a due date that means "never" has one.
        "timestamptz" => {
            matches!(key, "infinity" | "-infinity")
                || DateTime::parse_from_str(&format!("+{key}"), "%Y-%m-%dT%H:%M:%S%.f%:z")
                    .is_ok_and(|instant| is_known(&instant))
        }
        _ => !key.contains('\0'),
    }
}

/// The summary sentence of a list. It contains only numbers and our own words; the factory's texts are data and stay in the JSON.
#[must_use]
pub fn found<T>(page: &Page<T>, what: &str, status: Option<&str>, total: Option<i64>) -> String {
    sentence(page.count, page.next_cursor.is_some(), what, status, total)
}

fn sentence(count: usize, more: bool, what: &str, status: Option<&str>, total: Option<i64>) -> String {
    let one = total.map_or(count == 1, |total| total == 1);
    let plural = if one { "" } else { "s" };
    let status = status.map_or_else(String::new, |status| format!(" {}", status.replace('_', " ")));
    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
    let more = if more { " There are more: call again with next_cursor as cursor." } else { "" };
    format!("Found {count}{of} {what}{plural}{status}.{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_has_its_plural_from_what_it_counts() {
        assert_eq!(sentence(1, false, "job", None, None), "Found 1 job.");
        assert_eq!(sentence(0, false, "job", Some("on_hold"), None), "Found 0 jobs on hold.");
        assert_eq!(sentence(1, false, "part", None, Some(40)), "Found 1 of 40 parts.");
        assert_eq!(sentence(1, false, "part", None, Some(1)), "Found 1 of 1 part.");
    }

    #[test]
    fn a_key_that_cannot_be_cast_does_not_fit_its_order() {
        for key in
            ["2026-01-02T03:04:05.678901+00:00", "2026-01-02T03:04:05+05:30", "infinity", "10000-01-01T00:59:59+01:00"]
        {
            assert!(fits(key, "timestamptz"), "{key}");
        }
        for key in ["", "x", "2026-02-30T00:00:00+00:00", "0000-01-01T00:00:00+00:00", "2026-01-02T03:04:05"] {
            assert!(!fits(key, "timestamptz"), "{key}");
        }
        assert!(fits("JOB-1001", "text"));
        assert!(!fits("a\0b", "text"));
    }
}

//! Lists: optional filters, keyset pages, and a total on request.

use chrono::DateTime;
use pgrx::datum::IntoDatum;
use uuid::Uuid;

use crate::core::cursor::Cursor;
use crate::error::ToolError;
use crate::names::{MAX_LIMIT, MAX_LIST_BYTES};
use crate::pg::query::{self, Arg, uuid};
use crate::run::values::is_known;

/// An order of a list. `key` must not be null, and must be unique together with `id`.
#[derive(Debug)]
pub struct Order {
    /// Its name in the arguments.
    pub name: &'static str,
    /// The SQL expression of the sort key.
    pub key: &'static str,
    /// Its SQL type: `timestamptz` or `text`.
    pub key_type: &'static str,
    /// Largest first.
    pub descending: bool,
}

impl Order {
    /// Whether `key` can be cast to a sort key of this order. It comes from a client.
    fn fits(&self, key: &str) -> bool {
        match self.key_type {
            // With the sign, chrono also reads five-digit years: in some time zones a due date that means "never" has one.
            "timestamptz" => {
                matches!(key, "infinity" | "-infinity")
                    || DateTime::parse_from_str(&format!("+{key}"), "%Y-%m-%dT%H:%M:%S%.f%:z")
                        .is_ok_and(|instant| is_known(&instant))
            }
            _ => !key.contains('\0'),
        }
    }
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

/// A list's statement: a fixed text with gaps, which are filled with fixed texts. Values are always parameters.
///
/// `$1` is the tenant and `$2` the number of rows. The text returns three columns: the row as JSON text, its sort key as text, and its id.
/// Its gaps are `{{key}}`, `{{where}}`, `{{order}}` and `{{direction}}`; `{{more}}`, the optional columns; and `{{most}}`, the maximum
/// number of rows on a page: for `LIMIT $2` alone, the planner assumes a tenth of all rows, and sorts them all instead of walking along an
/// index. Filters that are not given leave no trace in the text, so each combination has its own plan.
pub struct List<'a> {
    text: &'static str,
    id: &'static str,
    conditions: Vec<String>,
    more: String,
    args: Vec<Arg<'a>>,
}

/// One page.
#[derive(Debug)]
pub struct Page {
    /// The rows, as one JSON array.
    pub rows: String,
    /// The number of rows.
    pub count: usize,
    /// The cursor of the next page, if there is one.
    pub next_cursor: Option<String>,
    /// Whether the page ends before its limit because it reached [`MAX_LIST_BYTES`].
    pub truncated: bool,
}

impl<'a> List<'a> {
    /// A list of a tenant. `id` is the SQL expression of the rows' id.
    #[must_use]
    pub fn new(text: &'static str, id: &'static str, tenant: Uuid) -> Self {
        Self { text, id, conditions: Vec::new(), more: String::new(), args: vec![uuid(tenant).into(), 0i64.into()] }
    }

    /// Adds a condition without a value.
    pub fn only(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// Adds a condition if there is a value for it. `{}` in the condition is replaced by the parameter.
    pub fn filter<T: IntoDatum>(&mut self, condition: &str, value: Option<T>) {
        if let Some(value) = value {
            let parameter = self.parameter(value);
            self.conditions.push(condition.replace("{}", &parameter));
        }
    }

    /// Adds the condition that the rows of `table` contain all these words, in any order. The words are parsed once, not once per row.
    pub fn search(&mut self, table: &str, words: Option<&str>) {
        self.filter(&format!("{table}.search_vector @@ (SELECT plainto_tsquery('simple', {{}}))"), words);
    }

    /// Adds the condition that a column has this value of its enum type. The value is a constant in the text, because only then can the
    /// planner estimate how many rows match and use a partial index on states.
    ///
    /// In an attached database a state can be null; every tool treats that as not_started.
    pub fn one_of(&mut self, column: &str, value: Option<&'static str>) {
        match value {
            Some(value @ "not_started") => self.conditions.push(format!("({column} = '{value}' OR {column} IS NULL)")),
            Some(value) => self.conditions.push(format!("{column} = '{value}'")),
            None => {}
        }
    }

    /// Shows more columns of `table`: pairs of a name and an expression over its row `x`. They are only read for the rows of the page.
    pub fn show(&mut self, table: &str, columns: impl Iterator<Item = (&'static str, &'static str)>) {
        for (name, expression) in columns {
            let id = self.id;
            self.more += &format!(
                ",\n           (SELECT {expression} FROM {table} x WHERE x.tenant_id = $1 AND x.id = {id}) AS {name}"
            );
        }
    }

    /// Adds a parameter for the list's text itself and returns its name: `$3` for the first one.
    pub fn parameter<T: IntoDatum>(&mut self, value: T) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }

    /// The number of all rows that match, on all pages. `from` is the text between `FROM` and the filters, including a `WHERE`.
    #[must_use]
    pub fn total(&self, from: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {from}{}", self.where_clause());
        query::read(&sql, &self.args, |rows| rows.first().get_one::<i64>()).unwrap_or_default()
    }

    /// A JSON value aggregated over all rows that match so far, on all pages. `aggregate` is its SQL expression, and `from` is the same as
    /// in [`total`](Self::total).
    #[must_use]
    pub fn aggregate(&self, aggregate: &str, from: &str) -> String {
        let sql = format!("SELECT ({aggregate})::text FROM {from}{}", self.where_clause());
        query::read(&sql, &self.args, |rows| rows.first().get_one::<String>()).unwrap_or_else(|| "null".to_owned())
    }

    /// The page after `cursor`, in this order.
    ///
    /// # Errors
    /// `invalid_arguments` if the cursor belongs to another list or order.
    pub fn page(mut self, order: &Order, cursor: Option<&str>, limit: usize) -> Result<Page, ToolError> {
        let (direction, beyond) = if order.descending { ("DESC", "<") } else { ("ASC", ">") };
        if let Some(text) = cursor {
            let cursor = Cursor::decode(text)
                .filter(|cursor| cursor.order == order.name && cursor.key.as_deref().is_some_and(|key| order.fits(key)))
                .ok_or_else(|| {
                    ToolError::invalid("cursor", "the cursor does not belong to this list in this order")
                        .hint("omit cursor for the first page, or repeat the arguments that returned it")
                })?;
            let key = self.parameter(cursor.key);
            let id = self.parameter(uuid(cursor.id));
            self.conditions
                .push(format!("({}, {}) {beyond} ({key}::text::{}, {id})", order.key, self.id, order.key_type));
        }
        // One extra row shows whether there is a next page.
        self.args[1] = i64::try_from(limit + 1).unwrap_or(i64::MAX).into();
        let sql = self
            .text
            .replace("{{key}}", order.key)
            .replace("{{where}}", &self.where_clause())
            .replace("{{more}}", &self.more)
            .replace("{{order}}", &format!("{direction}, {} {direction}", self.id))
            .replace("{{most}}", &(MAX_LIMIT + 1).to_string())
            .replace("{{direction}}", direction);
        Ok(query::read(&sql, &self.args, |mut rows| {
            let found = rows.len();
            let mut page = Page { rows: String::from("["), count: 0, next_cursor: None, truncated: false };
            let mut last = (None, Uuid::nil());
            while page.count < found.min(limit) {
                rows.next();
                let row = rows.get::<&str>(1)?.unwrap_or("null");
                if page.count > 0 && page.rows.len() + row.len() > MAX_LIST_BYTES {
                    page.truncated = true;
                    break;
                }
                if page.count > 0 {
                    page.rows.push(',');
                }
                page.rows.push_str(row);
                page.count += 1;
                last = (rows.get(2)?, rows.get::<pgrx::Uuid>(3)?.map(query::from_uuid).unwrap_or_default());
            }
            page.rows.push(']');
            if page.count < found {
                let (key, id) = last;
                page.next_cursor = Some(Cursor { order: order.name.to_owned(), key, id }.encode());
            }
            Ok(page)
        }))
    }

    fn where_clause(&self) -> String {
        self.conditions.iter().fold(String::new(), |sql, condition| sql + "\n   AND " + condition)
    }
}

impl Page {
    /// The JSON text of a list's output: `{<name>: […], count, total, next_cursor, truncated}`.
    #[must_use]
    pub fn into_body(self, name: &str, total: Option<i64>) -> String {
        self.into_body_with(name, total, &[])
    }

    /// Like [`into_body`](Self::into_body), followed by the fields that the tool adds: pairs of a name and a JSON text.
    #[must_use]
    pub fn into_body_with(self, name: &str, total: Option<i64>, more: &[(&str, &str)]) -> String {
        let total = serde_json::Value::from(total);
        let next_cursor = serde_json::Value::from(self.next_cursor);
        let Self { rows, count, truncated, .. } = self;
        let more: String = more.iter().map(|(name, json)| format!(r#","{name}":{json}"#)).collect();
        format!(
            r#"{{"{name}":{rows},"count":{count},"total":{total},"next_cursor":{next_cursor},"truncated":{truncated}{more}}}"#
        )
    }
}

/// The summary sentence of a list. It contains only numbers and our own words; the factory's texts are data and stay in the JSON.
#[must_use]
pub fn found(page: &Page, what: &str, status: Option<&str>, total: Option<i64>) -> String {
    let one = total.map_or(page.count == 1, |total| total == 1);
    let plural = if one { "" } else { "s" };
    let status = status.map_or_else(String::new, |status| format!(" {}", status.replace('_', " ")));
    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
    let more = if page.next_cursor.is_some() { " There are more: call again with next_cursor as cursor." } else { "" };
    format!("Found {}{of} {what}{plural}{status}.{more}", page.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_has_its_plural_from_what_it_counts() {
        let page = |count| Page { rows: String::new(), count, next_cursor: None, truncated: false };
        assert_eq!(found(&page(1), "job", None, None), "Found 1 job.");
        assert_eq!(found(&page(0), "job", Some("on_hold"), None), "Found 0 jobs on hold.");
        assert_eq!(found(&page(1), "part", None, Some(40)), "Found 1 of 40 parts.");
        assert_eq!(found(&page(1), "part", None, Some(1)), "Found 1 of 1 part.");
    }

    #[test]
    fn a_key_that_cannot_be_cast_does_not_fit_its_order() {
        let order = |key_type| Order { name: "x", key: "x", key_type, descending: false };
        for key in
            ["2026-01-02T03:04:05.678901+00:00", "2026-01-02T03:04:05+05:30", "infinity", "10000-01-01T00:59:59+01:00"]
        {
            assert!(order("timestamptz").fits(key), "{key}");
        }
        for key in ["", "x", "2026-02-30T00:00:00+00:00", "0000-01-01T00:00:00+00:00", "2026-01-02T03:04:05"] {
            assert!(!order("timestamptz").fits(key), "{key}");
        }
        assert!(order("text").fits("JOB-1001"));
        assert!(!order("text").fits("a\0b"));
    }
}

//! Lists: filters that are there or not, keyset pages, a total on request.

use chrono::DateTime;
use pgrx::datum::IntoDatum;
use uuid::Uuid;

use crate::core::cursor::Cursor;
use crate::error::ToolError;
use crate::names::{MAX_LIMIT, MAX_LIST_BYTES};
use crate::pg::query::{self, Arg, uuid};
use crate::run::values::is_known;

/// One way to order a list. `key` must not be null, and with `id` it is unique.
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
    /// Whether `key` can be a sort key of this order. It comes from a client and is about to be cast.
    fn fits(&self, key: &str) -> bool {
        match self.key_type {
            // The sign lets chrono read years of five digits, which a due date of "never" has in some time zones.
            "timestamptz" => {
                matches!(key, "infinity" | "-infinity")
                    || DateTime::parse_from_str(&format!("+{key}"), "%Y-%m-%dT%H:%M:%S%.f%:z")
                        .is_ok_and(|instant| is_known(&instant))
            }
            _ => !key.contains('\0'),
        }
    }
}

/// The SQL expression of a sort key made of several: texts that sort as their values do, `parts` joined.
#[must_use]
pub fn text_key(parts: &[&str]) -> String {
    format!("(({}) COLLATE \"C\")", parts.join(" || "))
}

/// A part of a [`text_key`]: an integer.
#[must_use]
pub fn integer_part(expression: &str) -> String {
    format!("lpad(({expression} + 2147483648)::text, 10, '0')")
}

/// A part of a [`text_key`]: an instant up to the year 9999; null and infinity come last.
#[must_use]
pub fn instant_part(expression: &str) -> String {
    format!("coalesce(to_char({expression} AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), '~')")
}

/// A list's statement: a fixed text with gaps, filled with fixed texts; values are always parameters.
///
/// `$1` is the tenant and `$2` the number of rows. The text gives three columns: the row as JSON text, its sort key as text, its id.
/// Its gaps are `{{key}}`, `{{where}}`, `{{order}}` and `{{direction}}`; `{{more}}`, the columns that are shown on request; and `{{most}}`, the most rows that a page has: the planner
/// takes `LIMIT $2` for a tenth of all rows and would rather sort them all than walk along an index. Filters that are not given leave
/// no trace in the text, so that each combination has a plan of its own.
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
    /// How many they are.
    pub count: usize,
    /// The cursor of the next page, when there is one.
    pub next_cursor: Option<String>,
    /// Whether it ended before its limit because it grew to [`MAX_LIST_BYTES`].
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

    /// Adds a condition when there is a value for it; `{}` in the condition stands for the parameter.
    pub fn filter<T: IntoDatum>(&mut self, condition: &str, value: Option<T>) {
        if let Some(value) = value {
            let parameter = self.parameter(value);
            self.conditions.push(condition.replace("{}", &parameter));
        }
    }

    /// Adds the condition that the rows of `table` hold all these words, in any order. The words are read once, not once a row.
    pub fn search(&mut self, table: &str, words: Option<&str>) {
        self.filter(&format!("{table}.search_vector @@ (SELECT plainto_tsquery('simple', {{}}))"), words);
    }

    /// Adds the condition that a column has this value of its enum type. The value stands in the text: only then the planner knows
    /// how many rows it means, and whether an index that leaves some states out will do.
    ///
    /// In an attached database a state can be null, which every tool reads as not_started.
    pub fn one_of(&mut self, column: &str, value: Option<&'static str>) {
        match value {
            Some(value @ "not_started") => self.conditions.push(format!("({column} = '{value}' OR {column} IS NULL)")),
            Some(value) => self.conditions.push(format!("{column} = '{value}'")),
            None => {}
        }
    }

    /// Shows more columns of `table`: pairs of a name and an expression over its row `x`. They are read for the rows of the page only.
    pub fn show(&mut self, table: &str, columns: impl Iterator<Item = (&'static str, &'static str)>) {
        for (name, expression) in columns {
            let id = self.id;
            self.more += &format!(
                ",\n           (SELECT {expression} FROM {table} x WHERE x.tenant_id = $1 AND x.id = {id}) AS {name}"
            );
        }
    }

    /// Adds a parameter for the list's text itself, and gives its name: `$3` when nothing was added before.
    pub fn parameter<T: IntoDatum>(&mut self, value: T) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }

    /// The number of all rows that fit, whatever the page. `from` is the text between `FROM` and the filters, with a `WHERE`.
    #[must_use]
    pub fn total(&self, from: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {from}{}", self.where_clause());
        query::read(&sql, &self.args, |rows| rows.first().get_one::<i64>()).unwrap_or_default()
    }

    /// One JSON value over all rows that fit so far, whatever the page: `aggregate` is the SQL expression that makes it, `from` as in
    /// [`total`](Self::total).
    #[must_use]
    pub fn aggregate(&self, aggregate: &str, from: &str) -> String {
        let sql = format!("SELECT ({aggregate})::text FROM {from}{}", self.where_clause());
        query::read(&sql, &self.args, |rows| rows.first().get_one::<String>()).unwrap_or_else(|| "null".to_owned())
    }

    /// The page behind `cursor`, in this order.
    ///
    /// # Errors
    /// `invalid_arguments` when the cursor is not one of this order.
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
        // One row more than asked for tells whether there is a next page.
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

    /// As [`into_body`](Self::into_body), and behind it what the tool adds: pairs of a name and a JSON text.
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

/// The sentence of a list's answer. It holds numbers and our own words only: texts of the factory are data and stay in the JSON.
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

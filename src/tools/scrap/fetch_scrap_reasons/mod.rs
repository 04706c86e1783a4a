//! `fetch_scrap_reasons`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::list::{List, Order, found};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Limit, contains_pattern};
use crate::sql_args;
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::scrap_reason::Category;
use crate::tools::shared::{list_output, with_rules};

/// `fetch_scrap_reasons`
pub(in crate::tools) struct FetchScrapReasons;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// true (default): only reasons that can be used; false: only those that are switched off; null: both.
    active: Option<bool>,
    /// Only reasons of this category.
    category: Option<Category>,
    /// Only reasons with this text in code or description, in any case.
    #[schemars(length(min = 1))]
    search: Option<String>,
    /// Count the use of each reason in so many local days of the factory, today included (default 30).
    days: Days<30>,
    /// How many reasons to give, at most 500 (default 50).
    limit: Limit,
    /// next_cursor of the page before, with otherwise the same arguments.
    cursor: Option<String>,
    /// true: also count all reasons that fit.
    include_total: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            active: Some(true),
            category: None,
            search: None,
            days: Days::default(),
            limit: Limit::default(),
            cursor: None,
            include_total: false,
        }
    }
}

/// A code that says why pieces were scrapped.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScrapReason {
    id: Uuid,
    /// Unique in the factory.
    code: String,
    description: String,
    category: Category,
    /// false: switched off; it stands for old scrap only.
    active: bool,
    /// Lots with scrap for this reason in the period.
    lots: i64,
    /// Pieces scrapped for this reason in the period. Of a lot that is split over reasons, each has its pieces.
    scrap_pieces: i64,
}

list_output!(scrap_reasons: ScrapReason,
    /// The days in which lots and scrap_pieces were counted.
    period: Period);

impl Declaration for FetchScrapReasons {
    const NAME: &'static str = "fetch_scrap_reasons";
    const TITLE: &'static str = "List scrap reasons";
    const DESCRIPTION: &'static str = "Lists the factory's codes for scrap by code, with category and how many lots and pieces were scrapped for each in the last days. \
        For use with report_scrap. What causes most scrap: get_scrap_pareto.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"category": "process", "days": 90, "limit": 3, "include_total": true}"#),
        Example::new(r#"{"active": null, "search": "code of"}"#),
    ];
    const ERRORS: &'static [ErrorCase] =
        &[ErrorCase::new(ToolErrorCode::InvalidArguments, "the cursor is not from this list", r#"{"cursor": "x"}"#)];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        // In a list, $2 is the number of rows: the period takes the next parameter.
        static PAGE: LazyLock<String> = LazyLock::new(|| {
            with_rules(&include_str!("page.sql").replace("{{period}}", &with_rules("{{period}}").replace("$2", "$3")))
        });
        static PERIOD: LazyLock<String> = LazyLock::new(|| with_rules("WITH {{period}} SELECT {{period_json}}::text"));

        let days = arguments.days.count();
        let mut list = List::new(&PAGE, "s.id", call.tenant);
        let parameter = list.parameter(days);
        debug_assert_eq!(parameter, "$3");
        list.filter("s.active = {}", arguments.active);
        list.filter("s.category = {}", arguments.category.map(Category::name));
        let pattern = arguments.search.as_deref().map(contains_pattern);
        list.filter("(s.code || ' ' || s.description) ILIKE {}", pattern.as_deref());
        let total = arguments.include_total.then(|| list.total("scrap_reasons s WHERE s.tenant_id = $1"));
        let order = Order { name: "code", key: "s.code", key_type: "text", descending: false };
        let page = list.page(&order, arguments.cursor.as_deref(), arguments.limit.rows())?;
        let period = query::read(&PERIOD, sql_args![uuid(call.tenant), days], |rows| rows.first().get_one::<String>())
            .unwrap_or_default();
        let summary = found(&page, "scrap reason", None, total);
        Ok(Answer::from_sql(summary, page.into_body_with("scrap_reasons", total, &[("period", &period)])))
    }
}

//! `fetch_scrap_reasons`.

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
use crate::tools::common::period::{Days, Period};
use crate::tools::common::scrap_reason::Category;
use crate::tools::common::{list_output, with_rules};

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
            with_rules(
                &include_str!("reasons_page.sql").replace("/*period*/", &with_rules("/*period*/").replace("$2", "$3")),
            )
        });
        static PERIOD: LazyLock<String> = LazyLock::new(|| with_rules("WITH /*period*/ SELECT /*period_json*/::text"));

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

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, page_through, sql, total};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn scrap_reasons_come_by_code_and_only_those_that_can_be_used() {
        demo();
        let counted = |arguments: &Value| total("A", "fetch_scrap_reasons", arguments);
        for (arguments, count) in [
            (json!({}), 20),
            (json!({"active": false}), 2),
            (json!({"active": null}), 22),
            (json!({"search": "WELD"}), 1),
            (json!({"search": "%"}), 0),
            (json!({"active": null, "search": "old1"}), 1),
        ] {
            assert_eq!(counted(&arguments), count, "{arguments}");
        }
        let categories = ["material", "process", "equipment", "operator", "design", "other"];
        let by_category: Vec<_> =
            categories.map(|category| counted(&json!({"category": category, "active": null}))).to_vec();
        assert_eq!(by_category.iter().sum::<i64>(), 22);
        assert!(by_category.iter().all(|count| *count > 0));
        let all = json!({"active": null, "limit": 5});
        assert_eq!(page_through("A", "fetch_scrap_reasons", "scrap_reasons", &all), 22);
        let list = call("A", "fetch_scrap_reasons", &json!({"active": null, "limit": 500}));
        let codes: Vec<_> =
            list["scrap_reasons"].as_array().into_iter().flatten().map(|reason| reason["code"].to_string()).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        let empty = call("D", "fetch_scrap_reasons", &json!({"active": null}));
        assert_eq!((&empty["scrap_reasons"], &empty["period"]["time_zone"]), (&json!([]), &json!("UTC")));
    }

    #[pg_test]
    fn the_use_of_a_reason_counts_its_pieces_of_split_lots() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago"), ("C", "Asia/Kolkata")] {
            let list = call(tenant, "fetch_scrap_reasons", &json!({"active": null, "days": 90, "limit": 500}));
            let mut pieces = 0;
            for reason in list["scrap_reasons"].as_array().into_iter().flatten() {
                let used = sql(&format!(
                    "SELECT json_build_object('lots', count(*), 'pieces', coalesce(sum(coalesce(s.quantity, q.quantity_scrap)), 0))
                       FROM mes.operation_quantities q
                       LEFT JOIN mes.operation_quantity_scrap_reasons s ON s.operation_quantity_id = q.id
                      WHERE q.tenant_id = mes_demo_id('{tenant}') AND q.quantity_scrap > 0
                        AND coalesce(s.scrap_reason_id, q.scrap_reason_id) = '{}'
                        AND (q.recorded_at AT TIME ZONE '{zone}')::date > (now() AT TIME ZONE '{zone}')::date - 90",
                    reason["id"].as_str().expect("an id")
                ));
                assert_eq!((&reason["lots"], &reason["scrap_pieces"]), (&used["lots"], &used["pieces"]), "{reason}");
                pieces += reason["scrap_pieces"].as_i64().unwrap_or_default();
            }
            assert!(pieces > 0, "{tenant}");
        }
        let cracked = call("C", "fetch_scrap_reasons", &json!({}));
        assert_eq!(cracked["scrap_reasons"][0]["id"], json!(id("C/scrap_reason/CRK")));
    }
}

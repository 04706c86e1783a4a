//! `get_scrap_analytics`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::filters::{self, percent};
use super::group_by::GroupBy;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::common::period::{Days, Period};

/// `get_scrap_analytics`
pub(in crate::tools) struct GetScrapAnalytics;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// What to add up by (default reason).
    group_by: GroupBy,
    /// How many local days of the factory, today included (default 30). They are compared with as many days before.
    days: Days<30>,
    /// How many groups to show, most scrap first, at most 100 (default 20). The others are in the remainder.
    #[schemars(range(min = 1, max = 100))]
    limit: i32,
    /// Only lots of operations at the cell with this id.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { group_by: GroupBy::Reason, days: Days::default(), limit: 20, cell_id: None, cell_name: None }
    }
}

/// Pieces of scrap and what goes with them.
macro_rules! numbers {
    ($name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $($(#[$doc])* $field: $type,)*
            scrap_pieces: i64,
            /// Lots with scrap. One that is split over reasons counts in the group of each, and once in the total.
            lots: i64,
            /// Of all scrap pieces; null when there are none.
            share_percent: Option<f64>,
            /// Pieces that the group produced. By reason and category: all pieces, as a reason produces none.
            produced_pieces: i64,
            /// scrap_pieces of produced_pieces; null without.
            scrap_rate_percent: Option<f64>,
            /// In the period before.
            previous_scrap_pieces: i64,
            previous_scrap_rate_percent: Option<f64>,
            /// Scrap pieces more (or less) than in the period before.
            change: i64,
            /// change of previous_scrap_pieces; null when they are 0.
            change_percent: Option<f64>,
        }
    };
}

numbers!(Total {});

numbers!(Group {
    /// The id of the reason, cell, operation, part, job or profile; null for the other groupings, and where name is null.
    id: Option<Uuid>,
    /// Code, name, number or text of the group. null: not known (no reason given, no customer, not recorded by whom).
    name: Option<String>,
    /// A reason's description, an operation's part_number, a part's job_number, a job's customer.
    detail: Option<String>,
});

numbers!(Remainder {
    /// How many groups they are.
    groups: i64,
});

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    group_by: GroupBy,
    total: Total,
    /// Groups with pieces in one of the two periods, most scrap first.
    groups: Vec<Group>,
    /// The groups behind the limit together; null when all are shown. Pieces of groups and remainder add up to the total.
    remainder: Option<Remainder>,
}

impl Declaration for GetScrapAnalytics {
    const NAME: &'static str = "get_scrap_analytics";
    const TITLE: &'static str = "Where scrap comes from";
    const DESCRIPTION: &'static str = "Scrapped pieces of the last days added up by reason, category of reason, cell, operation, part, job, material, customer or \
        operator, most first, with share, scrap rate in percent of the pieces that the group produced, and the period before. Lots that are \
        split over reasons count for each with its pieces. Shares with running totals: get_scrap_pareto; course of time: get_scrap_trends.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"group_by": "cell", "days": 30, "limit": 3}"#),
        Example::new(r#"{"group_by": "reason", "days": 90, "cell_name": "Welding", "limit": 5}"#),
        Example::new(r#"{"group_by": "operator", "days": 60, "cell_id": "@A/cell/Laser 1", "limit": 5}"#),
    ];
    const ERRORS: &'static [ErrorCase] =
        &[ErrorCase::new(ToolErrorCode::NotFound, "there is no such cell", r#"{"cell_name": "Foundry"}"#)];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let cell = filters::cell(call, arguments.cell_id, arguments.cell_name.as_deref())?;
        let sql = filters::only(&arguments.group_by.statement(), &[(cell.is_some(), "o.cell_id = $5")]);
        let (days, name) = (arguments.days.count(), arguments.group_by.name());
        let args = sql_args![uuid(call.tenant), days, arguments.limit, name, cell.map(uuid)];
        let body = query::read(&sql, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let analytics: Value = serde_json::from_str(&body).unwrap_or_default();
        let total = &analytics["total"];
        let summary = format!(
            "{} pieces scrapped in {days} days (rate: {}), {} in the {days} days before; by {name}: {} groups shown, {} more.",
            total["scrap_pieces"],
            percent(&total["scrap_rate_percent"]),
            total["previous_scrap_pieces"],
            analytics["groups"].as_array().map_or(0, Vec::len),
            analytics["remainder"]["groups"].as_i64().unwrap_or_default(),
        );
        Ok(Answer::from_sql(summary, body))
    }
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    const GROUPINGS: [&str; 9] =
        ["reason", "category", "cell", "operation", "part", "job", "material", "customer", "operator"];

    fn sum(analytics: &Value, field: &str) -> i64 {
        let groups = analytics["groups"].as_array().into_iter().flatten().chain(analytics.get("remainder"));
        groups.filter_map(|group| group[field].as_i64()).sum()
    }

    #[pg_test]
    fn groups_and_remainder_add_up_to_the_ledger_by_every_grouping() {
        demo();
        for (tenant, zone) in [("A", "Europe/Amsterdam"), ("B", "America/Chicago")] {
            let ledger = |column: &str, from: i64, to: i64| {
                sql(&format!(
                    "SELECT sum({column}) FROM mes.operation_quantities, (SELECT (now() AT TIME ZONE '{zone}')::date AS today) t
                      WHERE tenant_id = mes_demo_id('{tenant}')
                        AND (recorded_at AT TIME ZONE '{zone}')::date BETWEEN today - {from} AND today - {to}"
                ))
                .as_i64()
            };
            let (scrap, before) = (ledger("quantity_scrap", 44, 0), ledger("quantity_scrap", 89, 45));
            let produced = ledger("quantity_produced", 44, 0);
            for group_by in GROUPINGS {
                for limit in [3, 100] {
                    let arguments = json!({"group_by": group_by, "days": 45, "limit": limit});
                    let found = call(tenant, "get_scrap_analytics", &arguments);
                    let what = format!("{tenant} {arguments}: {}", found["total"]);
                    assert_eq!(Some(sum(&found, "scrap_pieces")), scrap, "{what}");
                    assert_eq!(found["total"]["scrap_pieces"].as_i64(), scrap, "{what}");
                    assert_eq!(Some(sum(&found, "previous_scrap_pieces")), before, "{what}");
                    assert_eq!(found["total"]["produced_pieces"].as_i64(), produced, "{what}");
                    if !matches!(group_by, "reason" | "category") {
                        assert_eq!(Some(sum(&found, "produced_pieces")), produced, "{what}");
                    }
                }
            }
        }
    }

    #[pg_test]
    fn groups_are_told_apart_by_id_and_texts_by_their_letters() {
        demo();
        let cells = call("A", "get_scrap_analytics", &json!({"group_by": "cell", "days": 120}));
        let welding = json!(id("A/cell/Welding"));
        let worst = cells["groups"].as_array().into_iter().flatten().max_by(|one, other| {
            let rate = |group: &Value| group["scrap_rate_percent"].as_f64().unwrap_or_default();
            rate(one).total_cmp(&rate(other))
        });
        let worst = worst.expect("a cell");
        assert_eq!(worst["id"], welding);
        let rate = sql(
            "SELECT round(100.0 * sum(q.quantity_scrap) / sum(q.quantity_produced), 2) FROM mes.operation_quantities q
                          JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id
                         WHERE o.cell_id = mes_demo_id('A/cell/Welding')",
        );
        assert_eq!(worst["scrap_rate_percent"], rate);
        // Two cells of one name stay two, one customer in two spellings becomes one.
        Spi::run("UPDATE mes.cells SET name = 'Same' WHERE tenant_id = mes_demo_id('A')").expect("cells");
        let same = call("A", "get_scrap_analytics", &json!({"group_by": "cell", "days": 120}));
        assert_eq!(same["groups"].as_array().map(Vec::len), cells["groups"].as_array().map(Vec::len));
        let customers = call("A", "get_scrap_analytics", &json!({"group_by": "customer", "days": 120, "limit": 100}));
        let count = sql(
            "SELECT count(DISTINCT coalesce(nullif(lower(btrim(j.customer)), ''), '?')) FROM mes.operation_quantities q
                           JOIN mes.operations o ON o.tenant_id = q.tenant_id AND o.id = q.operation_id
                           JOIN mes.parts p ON p.tenant_id = o.tenant_id AND p.id = o.part_id
                           JOIN mes.jobs j ON j.tenant_id = p.tenant_id AND j.id = p.job_id
                          WHERE q.tenant_id = mes_demo_id('A')",
        );
        assert_eq!(json!(customers["groups"].as_array().map(Vec::len)), count);
        let operators = call("A", "get_scrap_analytics", &json!({"group_by": "operator", "days": 120, "limit": 100}));
        let named = operators["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|group| group["id"].is_null() == group["name"].is_null());
        assert!(named, "{operators}");
        let reasons = call("A", "get_scrap_analytics", &json!({"days": 120, "limit": 100}));
        let unspecified =
            reasons["groups"].as_array().into_iter().flatten().filter(|group| group["name"].is_null()).count();
        assert_eq!(unspecified, 1);
    }

    #[pg_test]
    fn a_factory_without_pieces_has_no_groups_and_rates_of_null() {
        demo();
        for group_by in GROUPINGS {
            let empty = call("D", "get_scrap_analytics", &json!({"group_by": group_by}));
            assert_eq!((&empty["groups"], &empty["remainder"]), (&json!([]), &Value::Null));
            assert_eq!(empty["total"]["scrap_rate_percent"], Value::Null);
            let one = call("C", "get_scrap_analytics", &json!({"group_by": group_by, "days": 10}));
            assert_eq!(one["groups"].as_array().map(Vec::len), Some(1), "{one}");
            assert_eq!(one["groups"][0]["scrap_rate_percent"], 66.67);
        }
        let other = call("A", "get_scrap_analytics", &json!({"cell_name": "Inspection", "group_by": "cell"}));
        assert_eq!(other["groups"].as_array().map(Vec::len), Some(1));
    }
}

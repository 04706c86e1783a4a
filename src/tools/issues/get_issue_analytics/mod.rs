//! `get_issue_analytics`.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::issues::analysis::{BySeverity, Top, by_severity};
use crate::tools::shared::period::{Days, Period};
use crate::tools::shared::with_rules;

/// `get_issue_analytics`
pub(in crate::tools) struct GetIssueAnalytics;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// How many local days, today included, at most 365 (default 30). As many days before them are compared.
    days: Days<30>,
    /// What to group by (default severity). cell, operation, part and job are those of the operation that the issue is about; customer
    /// ignores upper and lower case; reporter is who reported the issue, else who entered it; category_code is the code of an issue
    /// category that the description begins with, as [CODE].
    group_by: GroupBy,
    /// How many groups to show, the largest first, at most 100 (default 20). The others are added up in remainder.
    limit: Top,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum GroupBy {
    #[default]
    Severity,
    Status,
    NcrCategory,
    IssueType,
    Cell,
    Operation,
    Part,
    Job,
    Customer,
    Reporter,
    CategoryCode,
}

/// Issues of live operations that were opened in the period, and how they compare with those of the period before.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    group_by: GroupBy,
    /// All issues, whatever their group.
    total: Numbers,
    /// The largest first; also groups that only the earlier period has, with count 0.
    groups: Vec<Group>,
    /// The groups behind the limit, added up; null when all are shown. Counts of groups and remainder add up to those of total.
    remainder: Option<Remainder>,
    /// true: there are more groups than limit; a larger limit shows them.
    truncated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Group {
    /// The id of the cell, operation, part, job or reporter; null for what has no id.
    id: Option<Uuid>,
    /// The value, name or number that the group stands for; null for issues that have none.
    name: Option<String>,
    /// What tells equal names apart: an operation's part number, a part's job number, a job's customer, a category's description.
    detail: Option<String>,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Remainder {
    /// How many groups it holds.
    groups: i64,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Numbers {
    /// Issues opened in the period.
    count: i64,
    /// Issues opened in the period before.
    previous_count: i64,
    /// count less previous_count.
    change: i64,
    /// change in percent of previous_count; null when that is 0.
    change_percent: Option<f64>,
    /// count in percent of all issues of the period; null when there are none.
    share_percent: Option<f64>,
    /// The count by severity.
    by_severity: BySeverity,
    /// Of the count: not reviewed yet.
    pending: i64,
    /// Of the count: approved, rejected or closed.
    resolved: i64,
    /// How long the resolved ones took; null when none has a time. Issues that still wait are not in it.
    resolution: Option<Resolution>,
}

/// From the opening of an issue to its review.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    /// How many resolved issues have the time of their review.
    measured: i64,
    average_days: f64,
    median_days: f64,
    /// Nine of ten took no longer.
    p90_days: f64,
}

/// How the rows are grouped, as SQL expressions.
struct Grouping {
    /// Of an issue `i`: what the issues of a group have in common.
    key: &'static str,
    /// Of an issue `i`: its name and what tells equal names apart.
    label: &'static str,
    detail: &'static str,
    /// Of a group `r`: the same, shown.
    name: &'static str,
    about: &'static str,
    /// Whether the key is an id.
    by_id: bool,
}

impl GroupBy {
    fn grouping(self) -> Grouping {
        const VALUE: Grouping =
            Grouping { key: "NULL", label: "NULL", detail: "NULL", name: "r.label", about: "r.detail", by_id: false };
        const ROW: Grouping = Grouping { by_id: true, ..VALUE };
        match self {
            Self::Severity => Grouping { key: "i.severity", label: "i.severity", ..VALUE },
            Self::Status => {
                Grouping { key: "coalesce(i.status, 'pending')", label: "coalesce(i.status, 'pending')", ..VALUE }
            }
            Self::NcrCategory => Grouping { key: "i.ncr_category", label: "i.ncr_category", ..VALUE },
            Self::IssueType => Grouping {
                key: "coalesce(i.issue_type, 'general')",
                label: "coalesce(i.issue_type, 'general')",
                ..VALUE
            },
            Self::Cell => Grouping { key: "o.cell_id", label: "c.name", ..ROW },
            Self::Operation => Grouping { key: "o.id", label: "o.operation_name", detail: "p.part_number", ..ROW },
            Self::Part => Grouping { key: "p.id", label: "p.part_number", detail: "j.job_number", ..ROW },
            Self::Job => Grouping { key: "j.id", label: "j.job_number", detail: "j.customer", ..ROW },
            Self::Customer => {
                Grouping { key: "lower(btrim(j.customer))", label: "nullif(btrim(j.customer), '')", ..VALUE }
            }
            Self::Reporter => Grouping {
                key: "coalesce(i.reported_by_id, i.created_by)",
                name: "(SELECT w.full_name FROM profiles w WHERE w.tenant_id = $1 AND w.id = nullif(r.key, '')::uuid)",
                ..ROW
            },
            Self::CategoryCode => Grouping {
                key: include_str!("category_code.sql"),
                name: "nullif(r.key, '')",
                about: "(SELECT k.description FROM issue_categories k WHERE k.tenant_id = $1 AND k.code = r.key)",
                ..VALUE
            },
        }
    }

    /// The name in the arguments.
    fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl Declaration for GetIssueAnalytics {
    const NAME: &'static str = "get_issue_analytics";
    const TITLE: &'static str = "Issues by group";
    const DESCRIPTION: &'static str = "How many issues were opened in the last days, grouped by severity, state, cell, customer and more: count, share, \
        change against the days before, severities, and how long their resolution took (days). Issues and NCRs together. For the course \
        over time use get_issue_trends, for causes get_root_cause_analysis, for the issues themselves fetch_issues.";
    const ACCESS: Access = Access::Read;
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"days": 90, "group_by": "cell", "limit": 3}"#),
        Example::new(r#"{"days": 120, "group_by": "category_code"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static ANALYTICS: LazyLock<String> = LazyLock::new(|| {
            with_rules(include_str!("get_issue_analytics.sql"))
                .replace("{{by_severity}}", &by_severity("i.counts"))
                .replace("{{numbers}}", include_str!("numbers.sql").trim_end())
        });

        let Grouping { key, label, detail, name, about, by_id } = arguments.group_by.grouping();
        let sql = ANALYTICS
            .replace("{{key}}", key.trim_end())
            .replace("{{label}}", label)
            .replace("{{detail}}", detail)
            .replace("{{name}}", name)
            .replace("{{about}}", about)
            .replace("{{id}}", if by_id { "nullif(r.key, '')::uuid" } else { "NULL" });
        let group_by = arguments.group_by.name();
        let args = sql_args![uuid(call.tenant), arguments.days.count(), arguments.limit.count(), group_by.as_str()];
        let body = query::read(&sql, args, |rows| rows.first().get_one::<String>()).unwrap_or_default();
        let analytics: Value = serde_json::from_str(&body).unwrap_or_default();
        let (days, total) = (&analytics["period"]["days"], &analytics["total"]);
        let summary = format!(
            "{} issues in {days} days, {} in the {days} days before; {} pending, {} resolved.",
            total["count"], total["previous_count"], total["pending"], total["resolved"],
        );
        Ok(Answer::from_sql(summary, body))
    }
}

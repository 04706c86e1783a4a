//! What the tools of several domains share: rules of the factory as SQL texts, and types of rows.
//!
//! A statement has gaps such as `/*due*/` where it needs a rule; [`with_rules`] fills them. The rules name the tables
//! by one letter: job `j`, part `p`, operation `o`, cell `c`. `$1` is the tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::run::values::TIME_ZONE;

/// The output type of a list, which is what [`Page::into_body`](crate::run::list::Page::into_body) writes: `{<field>: [<row>, …], count, total, next_cursor}`.
macro_rules! list_output {
    ($field:ident: $row:ty) => {
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(in crate::tools) struct Output {
            $field: Vec<$row>,
            /// How many rows this answer holds.
            count: usize,
            /// How many fit in all; null unless include_total was true.
            total: Option<i64>,
            /// Where the next page begins; null on the last one.
            next_cursor: Option<String>,
        }
    };
}
pub(in crate::tools) use list_output;

/// When a job is due: a date that people or agents set wins over the ERP's.
pub(super) const DUE: &str = "coalesce(j.due_date_override, j.due_date)";

/// Whether a job is past its due date and not completed; null when it has no due date.
pub(super) const OVERDUE: &str =
    "coalesce(j.due_date_override, j.due_date) < now() AND j.status IS DISTINCT FROM 'completed'";

/// Whether an operation is past its planned end and not completed; null when it has no planned end.
pub(super) const LATE: &str = "o.planned_end < now() AND o.status IS DISTINCT FROM 'completed'";

/// The jobs that were not deleted, with the `WHERE`.
pub(super) const LIVE_JOBS: &str = "jobs j WHERE j.tenant_id = $1 AND j.deleted_at IS NULL";

/// The parts that were not deleted, nor their job, with the `WHERE`.
pub(super) const LIVE_PARTS: &str = include_str!("common/live_parts.sql");

/// The operations that were not deleted, nor their part and job, with their cell (also a deleted one) and the `WHERE`.
pub(super) const LIVE_OPERATIONS: &str = include_str!("common/live_operations.sql");

/// The work in progress of each cell that has any: `cell_id` and `wip`. Work that is parked does not count.
const CELL_WIP: &str = include_str!("common/cell_wip.sql");

/// A statement with its gaps filled.
pub(super) fn with_rules(text: &str) -> String {
    [
        ("/*cell_wip*/", CELL_WIP),
        ("/*live_jobs*/", LIVE_JOBS),
        ("/*live_parts*/", LIVE_PARTS),
        ("/*live_operations*/", LIVE_OPERATIONS),
        ("/*due*/", DUE),
        ("/*overdue*/", OVERDUE),
        ("/*late*/", LATE),
        ("/*time_zone*/", TIME_ZONE),
    ]
    .iter()
    .fold(text.to_owned(), |text, (gap, rule)| text.replace(gap, rule.trim_end()))
}

/// The SQL expression of a JSON object with a count of rows for each of `values` of `column`.
pub(super) fn count_by(column: &str, values: impl Iterator<Item = &'static str>) -> String {
    let counts: Vec<_> =
        values.map(|value| format!("'{value}', count(*) FILTER (WHERE {column} = '{value}')")).collect();
    format!("json_build_object({})", counts.join(", "))
}

/// How many of something there are, and how many of them are done.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Progress {
    /// Live ones.
    total: i64,
    /// Completed ones.
    completed: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::states::IssueStatus;

    #[test]
    fn rules_within_rules_are_filled() {
        let text = with_rules("WITH wip AS (/*cell_wip*/) SELECT /*due*/ FROM /*live_jobs*/");
        assert!(!text.contains("/*"), "{text}");
        assert!(text.contains("count(DISTINCT p.job_id)"), "{text}");
    }

    #[test]
    fn counts_name_every_value() {
        assert_eq!(
            count_by("i.status", IssueStatus::ALL.iter().map(|status| status.name()).take(2)),
            "json_build_object('pending', count(*) FILTER (WHERE i.status = 'pending'), \
             'approved', count(*) FILTER (WHERE i.status = 'approved'))"
        );
    }
}

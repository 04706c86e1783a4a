//! Issues and non-conformance reports (NCRs). An NCR is an issue of type `ncr`.

mod analysis;
pub(in crate::tools) mod create_ncr;
pub(in crate::tools) mod fetch_issues;
pub(in crate::tools) mod fetch_ncrs;
pub(in crate::tools) mod get_issue_analytics;
pub(in crate::tools) mod get_issue_trends;
pub(in crate::tools) mod get_root_cause_analysis;
mod list;
#[cfg(any(test, feature = "pg_test"))]
mod probe;
mod review;
pub(in crate::tools) mod suggest_quality_improvements;
pub(in crate::tools) mod update_issue;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{IssueSeverity, IssueStatus, IssueType, NcrCategory, NcrDisposition, TaskStatus};
use crate::pg::statement::{Fill, Rules};
use crate::run::page::{instant_part, integer_part, text_key};
use crate::run::tool::Call;
use crate::run::values::present;
use crate::sql_args;
use crate::statement;
use crate::tools::shared::RULES;

/// The rules of this domain's statements:
/// - `{{live_issues}}`: the issues `i` of operations that were not deleted, nor their part and job, with the `WHERE`; `{{live_ncrs}}`:
///   those that are NCRs;
/// - `{{columns}}`: what `row.sql` needs of them;
/// - `{{severity_and_age}}`: a sort key, the most severe first, and the oldest first within a severity.
const ISSUE_RULES: &Rules = &[
    ("live_issues", Fill::Text(include_str!("live.sql"))),
    ("live_ncrs", Fill::Text("{{live_issues}}\n       AND i.issue_type = 'ncr'")),
    ("columns", Fill::Text(include_str!("columns.sql"))),
    ("severity_and_age", Fill::Made(severity_and_age)),
];

fn severity_and_age() -> String {
    let rank = "CASE i.severity WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END";
    text_key(&[&integer_part(&format!("({rank})")), &instant_part("i.created_at")])
}

/// An issue as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Issue {
    id: Uuid,
    issue_type: IssueType,
    /// Only NCRs have one, and an ncr_category and a disposition.
    ncr_number: Option<String>,
    title: Option<String>,
    severity: IssueSeverity,
    status: IssueStatus,
    ncr_category: Option<NcrCategory>,
    disposition: Option<NcrDisposition>,
    /// Number of pieces affected.
    affected_quantity: Option<i32>,
    /// Whether the NCR cannot be closed without a verification note.
    verification_required: bool,
    /// Whether it parks its operation while it is pending (Yellow Card).
    causes_standstill: bool,
    operation_id: Uuid,
    operation_name: String,
    /// The operation's position within its part.
    operation_sequence: i32,
    operation_status: TaskStatus,
    /// The operation's cell.
    cell_id: Uuid,
    cell_name: Option<String>,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    /// Where the part was when the issue was reported.
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    /// Where the part was to go next.
    intended_next_cell_id: Option<Uuid>,
    intended_next_cell_name: Option<String>,
    /// The profile id of the reporter; if none was given, of whoever entered the issue.
    reported_by_id: Uuid,
    reported_by_name: Option<String>,
    reviewed_by: Option<Uuid>,
    reviewed_by_name: Option<String>,
    reviewed_at: Option<DateTime<FixedOffset>>,
    /// Days since it was reported, in the factory's time zone.
    age_days: i32,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    /// This and the following texts are shown only on request (fields).
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    root_cause: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    corrective_action: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    preventive_action: Option<Option<String>>,
    /// The findings of the review, with a paragraph "[reopened] …" for each reopening and "[verification] …" for each verification.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    resolution_notes: Option<Option<String>>,
}

/// One issue of a live operation.
fn read(call: &Call, id: Uuid) -> Json<Issue> {
    statement! {
        static ONE = include_str!("one.sql"), include_str!("row.sql"); [Uuid, Uuid]
            => rules(&[RULES, ISSUE_RULES]), fills(&[("more", Fill::Text("")), ("direction", Fill::Text(""))]);
    }
    call.json(&ONE, sql_args![id])
}

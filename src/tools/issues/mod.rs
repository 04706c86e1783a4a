//! Issues and non-conformance reports (NCRs). An NCR is an issue of type `ncr`.

mod analysis;
pub(in crate::tools) mod create_ncr;
pub(in crate::tools) mod fetch_issues;
pub(in crate::tools) mod fetch_ncrs;
mod filters;
pub(in crate::tools) mod get_issue_analytics;
pub(in crate::tools) mod get_issue_trends;
pub(in crate::tools) mod get_root_cause_analysis;
mod review;
#[cfg(any(test, feature = "pg_test"))]
mod spec_lists;
pub(in crate::tools) mod suggest_quality_improvements;
pub(in crate::tools) mod update_issue;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, IssueType, NcrCategory, NcrDisposition, TaskStatus};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::run::values::present;
use crate::sql_args;
use crate::tools::shared::with_rules;

/// The issues `i` of operations that were not deleted, nor their part and job, with the `WHERE`.
const LIVE_ISSUES: &str = include_str!("live.sql");

/// A statement with its gaps filled, those of this domain and those of all.
fn with_issues(text: &str) -> String {
    with_rules(&text.replace("{{live_issues}}", LIVE_ISSUES.trim_end()))
}

/// An issue as the tools show it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Issue {
    id: Uuid,
    issue_type: IssueType,
    /// Of NCRs only, like ncr_category and disposition.
    ncr_number: Option<String>,
    title: Option<String>,
    severity: IssueSeverity,
    status: IssueStatus,
    ncr_category: Option<NcrCategory>,
    disposition: Option<NcrDisposition>,
    /// Pieces.
    affected_quantity: Option<i32>,
    /// Whether an NCR needs a verification note before it is closed.
    verification_required: bool,
    /// Whether it parks its operation while it is pending (Yellow Card).
    causes_standstill: bool,
    operation_id: Uuid,
    operation_name: String,
    /// The operation's order inside its part.
    operation_sequence: i32,
    operation_status: TaskStatus,
    /// The operation's cell.
    cell_id: Uuid,
    cell_name: Option<String>,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    /// Where the part was when it was reported.
    current_cell_id: Option<Uuid>,
    current_cell_name: Option<String>,
    /// Where the part was to go next.
    intended_next_cell_id: Option<Uuid>,
    intended_next_cell_name: Option<String>,
    /// The profile id of the reporter, or where none was given of who wrote it down.
    reported_by_id: Uuid,
    reported_by_name: Option<String>,
    reviewed_by: Option<Uuid>,
    reviewed_by_name: Option<String>,
    reviewed_at: Option<DateTime<FixedOffset>>,
    /// Local days of the factory since it was reported.
    age_days: i32,
    created_at: DateTime<FixedOffset>,
    updated_at: DateTime<FixedOffset>,
    /// Only on request (fields), like what follows.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    root_cause: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    corrective_action: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    preventive_action: Option<Option<String>>,
    /// What the review found, with a paragraph "[reopened] …" for each reopening and "[verification] …" for each verification.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    resolution_notes: Option<Option<String>>,
}

/// The JSON text of one issue of a live operation.
fn read(call: &Call, id: Uuid) -> String {
    static ONE: LazyLock<String> = LazyLock::new(|| {
        with_issues(concat!(include_str!("one.sql"), include_str!("row.sql"))).replace("{{direction}}", "")
    });
    query::read(&ONE, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
        .unwrap_or_default()
}

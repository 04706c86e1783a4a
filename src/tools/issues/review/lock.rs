//! What is locked before an issue is written, and what is known of it then. The operation comes first, then the issue.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, IssueType, NcrDisposition, TaskStatus};
use crate::error::ToolError;
use crate::pg::query::{self, Arg, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::issues::with_issues;

/// What an issue says of itself, as far as steps ask for it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(in crate::tools) struct Record {
    pub(in crate::tools) severity: IssueSeverity,
    pub(in crate::tools) disposition: Option<NcrDisposition>,
    pub(in crate::tools) affected_quantity: Option<i32>,
    pub(in crate::tools) root_cause: Option<String>,
    pub(in crate::tools) corrective_action: Option<String>,
    pub(in crate::tools) preventive_action: Option<String>,
    pub(in crate::tools) resolution_notes: Option<String>,
    pub(in crate::tools) verification_required: bool,
}

/// A locked issue.
#[derive(Debug, Deserialize)]
pub(in crate::tools) struct Present {
    pub(in crate::tools) issue_type: IssueType,
    pub(in crate::tools) status: IssueStatus,
    pub(in crate::tools) causes_standstill: bool,
    pub(in crate::tools) number: Option<String>,
    pub(in crate::tools) updated_at: Option<String>,
    /// Whether `updated_at` is what the caller believes; true for a caller who said nothing.
    pub(in crate::tools) unchanged: bool,
    pub(in crate::tools) reporter: Uuid,
    /// The key's owner, when that is an active person of the factory.
    pub(in crate::tools) owner: Option<Uuid>,
    /// Whether an admin is there who is not the reporter.
    pub(in crate::tools) other_admin: bool,
    /// Scrapped pieces of the operation since the day of the report.
    pub(in crate::tools) scrapped: i64,
    /// Whether the part has work that may be the rework.
    pub(in crate::tools) reworked: bool,
    #[serde(flatten)]
    pub(in crate::tools) record: Record,
}

/// What an NCR takes from its operation.
#[derive(Debug, Deserialize)]
pub(in crate::tools) struct Surroundings {
    pub(in crate::tools) part_quantity: Option<i32>,
    /// Scrapped pieces of the operation.
    pub(in crate::tools) scrapped: i64,
    pub(in crate::tools) current_cell_id: Option<Uuid>,
    pub(in crate::tools) intended_next_cell_id: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct State {
    status: TaskStatus,
    pending_standstills: i64,
}

/// What a call did to the issue's operation.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct OperationEffect {
    id: Uuid,
    previous_status: TaskStatus,
    /// The same as before where nothing followed.
    status: TaskStatus,
    /// set: the call parked the operation; released: the call let it go on; null: neither.
    pub(in crate::tools) yellow_card: Option<YellowCard>,
    /// Pending issues that park it, this one included.
    pending_standstills: i64,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum YellowCard {
    Set,
    Released,
}

impl YellowCard {
    /// What follows the sentence about the issue.
    pub(in crate::tools) fn sentence(card: Option<Self>) -> &'static str {
        match card {
            Some(Self::Set) => " Its operation is parked now.",
            Some(Self::Released) => " Its operation goes on.",
            None => "",
        }
    }
}

/// Locks a live operation until the transaction ends, and gives its state.
pub(in crate::tools) fn operation(call: &Call, id: Uuid) -> Result<TaskStatus, ToolError> {
    static LOCK: LazyLock<String> = LazyLock::new(|| with_issues(include_str!("lock_operation.sql")));
    query::write(&LOCK, sql_args![uuid(call.tenant), uuid(id)], |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<String>() }
    })
    .and_then(|status| TaskStatus::from_name(&status))
    .ok_or_else(|| ToolError::not_found("operation", &id))
}

/// What is around a locked operation.
pub(in crate::tools) fn surroundings(call: &Call, operation: Uuid) -> Surroundings {
    static FACTS: LazyLock<String> = LazyLock::new(|| with_issues(include_str!("operation.sql")));
    json(&FACTS, sql_args![uuid(call.tenant), uuid(operation)]).expect("a locked operation is there")
}

/// Locks an issue of a live operation and that operation, and gives the issue, the operation and its state.
pub(in crate::tools) fn issue(
    call: &Call,
    id: Uuid,
    updated_at: Option<&str>,
) -> Result<(Present, Uuid, TaskStatus), ToolError> {
    static OPERATION: LazyLock<String> = LazyLock::new(|| with_issues(include_str!("operation_of_issue.sql")));
    static LOCK: LazyLock<String> = LazyLock::new(|| with_issues(include_str!("lock_issue.sql")));
    let not_found = || ToolError::not_found("issue", &id);
    let of = query::read(&OPERATION, sql_args![uuid(call.tenant), uuid(id)], |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<pgrx::Uuid>() }
    })
    .map(query::from_uuid)
    .ok_or_else(not_found)?;
    let status = operation(call, of).map_err(|_| not_found())?;
    let args = sql_args![uuid(call.tenant), uuid(id), call.person.map(uuid), updated_at];
    Ok((json(&LOCK, args).ok_or_else(not_found)?, of, status))
}

/// Refuses more pieces than there are.
pub(in crate::tools) fn check_affected(affected: Option<i32>, part_quantity: Option<i32>) -> Result<(), ToolError> {
    match (affected, part_quantity) {
        (Some(affected), Some(quantity)) if affected > quantity => {
            Err(ToolError::invalid("affected_quantity", "the part has fewer pieces").with("part_quantity", quantity))
        }
        _ => Ok(()),
    }
}

/// What came of a locked operation that was in `previous_status`.
pub(in crate::tools) fn effect(call: &Call, operation: Uuid, previous_status: TaskStatus) -> OperationEffect {
    let State { status, pending_standstills } =
        json(include_str!("operation_state.sql"), sql_args![uuid(call.tenant), uuid(operation)])
            .expect("a locked operation is there");
    let yellow_card = match (previous_status == TaskStatus::OnHold, status == TaskStatus::OnHold) {
        (false, true) => Some(YellowCard::Set),
        (true, false) => Some(YellowCard::Released),
        _ => None,
    };
    OperationEffect { id: operation, previous_status, status, yellow_card, pending_standstills }
}

/// The row of a statement that gives one JSON object. It sees what was committed while a lock was waited for.
fn json<T: serde::de::DeserializeOwned>(sql: &str, args: &[Arg<'_>]) -> Option<T> {
    query::write(sql, args, |rows| if rows.is_empty() { Ok(None) } else { rows.first().get_one::<String>() })
        .map(|text| serde_json::from_str(&text).expect("the statement gives this type"))
}

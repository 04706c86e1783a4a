//! What is locked before an issue is written, and what is then known about it. The operation is locked first, then the issue.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{IssueSeverity, IssueStatus, IssueType, NcrDisposition, TaskStatus};
use crate::error::ToolError;
use crate::pg::args::from_uuid;
use crate::pg::statement::Choice;
use crate::run::tool::Call;
use crate::tools::issues::ISSUE_RULES;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

/// The fields of an issue that steps ask for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(in crate::tools::issues) struct Record {
    pub(in crate::tools::issues) severity: IssueSeverity,
    pub(in crate::tools::issues) disposition: Option<NcrDisposition>,
    pub(in crate::tools::issues) affected_quantity: Option<i32>,
    pub(in crate::tools::issues) root_cause: Option<String>,
    pub(in crate::tools::issues) corrective_action: Option<String>,
    pub(in crate::tools::issues) preventive_action: Option<String>,
    pub(in crate::tools::issues) resolution_notes: Option<String>,
    pub(in crate::tools::issues) verification_required: bool,
}

/// A locked issue.
#[derive(Debug, Deserialize)]
pub(in crate::tools::issues) struct Present {
    pub(in crate::tools::issues) issue_type: IssueType,
    pub(in crate::tools::issues) status: IssueStatus,
    pub(in crate::tools::issues) causes_standstill: bool,
    pub(in crate::tools::issues) number: Option<String>,
    pub(in crate::tools::issues) updated_at: Option<String>,
    /// Whether `updated_at` is what the caller expects; true for a caller who expects nothing.
    pub(in crate::tools::issues) unchanged: bool,
    pub(in crate::tools::issues) reporter: Uuid,
    /// The key's owner, if that is an active person of the factory.
    pub(in crate::tools::issues) owner: Option<Uuid>,
    /// Whether there is an admin other than the reporter.
    pub(in crate::tools::issues) other_admin: bool,
    /// Scrapped pieces of the operation since the day of the report.
    pub(in crate::tools::issues) scrapped: i64,
    /// Whether the part has an operation that may be the rework.
    pub(in crate::tools::issues) reworked: bool,
    #[serde(flatten)]
    pub(in crate::tools::issues) record: Record,
}

/// What an NCR takes over from its operation.
#[derive(Debug, Deserialize)]
pub(in crate::tools::issues) struct Surroundings {
    pub(in crate::tools::issues) part_quantity: Option<i32>,
    /// Scrapped pieces of the operation.
    pub(in crate::tools::issues) scrapped: i64,
    pub(in crate::tools::issues) current_cell_id: Option<Uuid>,
    pub(in crate::tools::issues) intended_next_cell_id: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct State {
    status: TaskStatus,
    pending_standstills: i64,
}

/// What a call did to the issue's operation.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools::issues) struct OperationEffect {
    id: Uuid,
    /// Pending issues that park it, including this one.
    pending_standstills: i64,
    previous_status: TaskStatus,
    /// The same as previous_status if the call did not affect the operation.
    status: TaskStatus,
    /// set: the call parked the operation; released: the call let it continue; null: neither.
    pub(in crate::tools::issues) yellow_card: Option<YellowCard>,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools::issues) enum YellowCard {
    Set,
    Released,
}

impl YellowCard {
    /// What is added to the sentence about the issue.
    pub(in crate::tools::issues) fn sentence(card: Option<Self>) -> &'static str {
        match card {
            Some(Self::Set) => " Its operation is now parked.",
            Some(Self::Released) => " Its operation continues.",
            None => "",
        }
    }
}

statement! {
    static LOCK_OPERATION = include_str!("lock_operation.sql"); [Uuid, Uuid] => rules(&[RULES]);

    static SURROUNDINGS = include_str!("surroundings.sql"); [Uuid, Uuid] => rules(&[RULES]);

    static OPERATION_OF_ISSUE = include_str!("operation_of_issue.sql"); [Uuid, Uuid] => rules(&[ISSUE_RULES]);

    static LOCK_ISSUE = include_str!("lock_issue.sql"); [Uuid, Uuid, Uuid, Text] => rules(&[RULES]);

    static OPERATION_STATE = include_str!("operation_state.sql"); [Uuid, Uuid] => rules(&[RULES]);
}

/// Locks a live operation until the transaction ends, and gives its state.
pub(in crate::tools::issues) fn operation(call: &Call, id: Uuid) -> Result<TaskStatus, ToolError> {
    call.value::<String>(&LOCK_OPERATION, sql_args![id])
        .and_then(|status| TaskStatus::from_name(&status))
        .ok_or_else(|| ToolError::not_found("operation", &id))
}

/// What surrounds a locked operation.
pub(in crate::tools::issues) fn surroundings(call: &Call, operation: Uuid) -> Surroundings {
    call.json::<Surroundings>(&SURROUNDINGS, sql_args![operation]).into_value()
}

/// Locks an issue of a live operation and that operation, and gives the issue, the operation and its state.
pub(in crate::tools::issues) fn issue(
    call: &Call,
    id: Uuid,
    updated_at: Option<&str>,
) -> Result<(Present, Uuid, TaskStatus), ToolError> {
    let not_found = || ToolError::not_found("issue", &id);
    let of = call.value(&OPERATION_OF_ISSUE, sql_args![id]).map(from_uuid).ok_or_else(not_found)?;
    let status = operation(call, of).map_err(|_| not_found())?;
    let issue = call.optional_json(&LOCK_ISSUE, &Choice::none(), sql_args![id, call.person, updated_at]);
    Ok((issue.map(Json::into_value).ok_or_else(not_found)?, of, status))
}

/// Refuses more pieces than there are.
pub(in crate::tools::issues) fn check_affected(
    affected: Option<i32>,
    part_quantity: Option<i32>,
) -> Result<(), ToolError> {
    match (affected, part_quantity) {
        (Some(affected), Some(quantity)) if affected > quantity => {
            Err(ToolError::invalid("affected_quantity", "the part has fewer pieces").with("part_quantity", quantity))
        }
        _ => Ok(()),
    }
}

/// What came of a locked operation that was in `previous_status`.
pub(in crate::tools::issues) fn effect(call: &Call, operation: Uuid, previous_status: TaskStatus) -> OperationEffect {
    let State { status, pending_standstills } = call.json::<State>(&OPERATION_STATE, sql_args![operation]).into_value();
    let yellow_card = match (previous_status == TaskStatus::OnHold, status == TaskStatus::OnHold) {
        (false, true) => Some(YellowCard::Set),
        (true, false) => Some(YellowCard::Released),
        _ => None,
    };
    OperationEffect { id: operation, pending_standstills, previous_status, status, yellow_card }
}

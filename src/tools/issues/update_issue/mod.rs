//! `update_issue`.

mod arguments;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{IssueSeverity, IssueStatus, NcrDisposition};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Before, Call, Declaration, ErrorCase, Example};
use crate::tools::issues::review::lock::{self, OperationEffect, YellowCard};
use crate::tools::issues::review::needs::{self, Given};
use crate::tools::issues::review::scrap::{self, Booked, Booking};
use crate::tools::issues::{Issue, read};
use crate::tools::lifecycle::fields::Changed;
use crate::tools::shared::{Change, NUMBERED, check_person, find};
use crate::{sql_args, statement};
use arguments::Arguments;

/// `update_issue`
pub(in crate::tools) struct UpdateIssue;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    issue: Json<Issue>,
    /// The fields that changed, and only those.
    changes: Json<Changes>,
    operation: OperationEffect,
    /// Null unless book_scrap was true and there were pieces left to book.
    scrap_booked: Option<Booked>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<IssueStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Change<IssueSeverity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disposition: Option<Change<Option<NcrDisposition>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    affected_quantity: Option<Change<Option<i32>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_cause: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrective_action: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preventive_action: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution_notes: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causes_standstill: Option<Change<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_by: Option<Change<Option<Uuid>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_at: Option<Change<Option<DateTime<FixedOffset>>>>,
}

/// Sets the fields of a locked issue.
fn write(call: &Call, id: Uuid, wanted: Map<String, Value>) -> Changed<Changes> {
    statement! {
        static UPDATE = include_str!("update.sql"); [Uuid, Uuid, Text];
    }
    let wanted = Value::Object(wanted).to_string();
    Changed::by(call, &UPDATE, sql_args![id, wanted.as_str()])
}

impl Declaration for UpdateIssue {
    const NAME: &'static str = "update_issue";
    const TITLE: &'static str = "Review or change an issue";
    const DESCRIPTION: &'static str = "Changes an issue or NCR: reviews it (approved, rejected), closes or reopens it, sets severity, root cause, actions, \
        disposition or affected quantity. Only the given fields change, and null clears a field; the answer gives old and new values and \
        whether the operation was parked or continues. If a step lacks something, the error lists it in missing: an NCR needs a \
        disposition to be approved, and a root cause and actions to be closed. Use expected_status or if_updated_at to guard against \
        changes by others. To report a new NCR use create_ncr.";
    const ACCESS: Access = Access::Write;
    const BEFORE: Option<Before> = Some(NUMBERED);
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("issue_id", "id"), ("notes", "resolution_notes"), ("resolution", "resolution_notes")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = &[
        ("status", "open", "pending"),
        ("status", "resolved", "approved"),
        ("expected_status", "open", "pending"),
        ("expected_status", "resolved", "approved"),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        arguments.check()?;
        let id = find::one(call, &find::NCR, "id", arguments.id, arguments.ncr_number.as_deref())?;
        let expected = arguments.if_updated_at.map(|instant| instant.to_rfc3339());
        let (present, operation, previous) = lock::issue(call, id, expected.as_deref())?;
        arguments.check_unchanged(&present)?;
        check_person(call, "reviewed_by", arguments.reviewed_by)?;
        let reason = scrap::reason(call, arguments.scrap_reason_id, arguments.scrap_reason_code.as_deref())?;

        let (from, to) = (present.status, arguments.status.unwrap_or(present.status));
        arguments.check_fields(&present, to)?;
        let after = arguments.after(&present)?;
        let around = lock::surroundings(call, operation);
        if after.affected_quantity != present.record.affected_quantity {
            lock::check_affected(after.affected_quantity, around.part_quantity)?;
        }
        let pieces = arguments.pieces(&present, &after)?;
        let reviewer = arguments.reviewed_by.or(present.owner);
        let given = Given { reviewer, reason: arguments.reason.is_some(), scrap: i64::from(pieces) };
        needs::check(Self::NAME, &present, to, &after, &given)?;

        let mut wanted = arguments.wanted();
        wanted.insert("resolution_notes".to_owned(), json!(after.resolution_notes));
        match (from, to) {
            (IssueStatus::Pending, IssueStatus::Pending) => {}
            (IssueStatus::Pending, _) => drop(wanted.insert("reviewed_by".to_owned(), json!(reviewer))),
            (_, IssueStatus::Pending) => drop(wanted.insert("reviewed_by".to_owned(), Value::Null)),
            _ => {}
        }
        let changed = write(call, id, wanted);
        let scrap_booked = if pieces > 0 {
            scrap::check_room(around.part_quantity, around.scrapped, pieces)?;
            let (recorded_by, ncr_number) = (reviewer, present.number.as_deref());
            Some(scrap::book(call, &Booking { operation, pieces, reason, recorded_by, ncr_number }))
        } else {
            None
        };
        let effect = lock::effect(call, operation, previous);
        let summary = changed.summary("issue") + YellowCard::sentence(effect.yellow_card);
        let output = Output { issue: read(call, id), changes: changed.changes, operation: effect, scrap_booked };
        Ok(Answer::new(summary, &output))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"id": "@A/issue/145", "status": "approved", "disposition": "rework", "reviewed_by": "@A/profile/anna.devries",
                "resolution_notes": "Grind and weld again", "root_cause": "Fixture not clamped", "expected_status": "pending"}"#,
        ),
        Example::new(
            r#"{"id": "@A/issue/116", "status": "closed", "root_cause": "Shielding gas flow too low",
                "corrective_action": "Flow meter replaced", "book_scrap": true, "scrap_reason_code": "POR"}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the issue, person or scrap reason does not exist, or the issue's operation was deleted",
            r#"{"id": "@nothing", "severity": "low"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the state cannot change this way",
            r#"{"id": "@A/issue/2", "status": "rejected"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the step lacks something; missing lists all of it",
            r#"{"id": "@A/issue/113", "status": "closed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "the issue is no longer as expected_status or if_updated_at says",
            r#"{"id": "@A/issue/2", "severity": "low", "expected_status": "closed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "nothing is to be changed, or a field does not fit the other fields or the issue",
            r#"{"id": "@A/issue/2", "disposition": "scrap"}"#,
        ),
    ];
}

//! The arguments of `update_issue`: what a caller may change about an issue.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, IssueType, NcrDisposition};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::values::{is_known, present};
use crate::tools::issues::review::lock::{Present, Record};
use crate::tools::issues::review::notes;
use crate::tools::shared::{MAX_NOTES, NAME, given};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The issue's id.
    pub(super) id: Option<Uuid>,
    /// The NCR's number, instead of id.
    #[schemars(length(min = 1))]
    pub(super) ncr_number: Option<String>,
    /// The new state. approved or rejected: the outcome of the review; closed: nothing is left to do, or a pending issue is withdrawn;
    /// pending: reopens a rejected or closed issue.
    pub(super) status: Option<IssueStatus>,
    /// The new severity.
    pub(super) severity: Option<IssueSeverity>,
    /// The findings of the review. Replaces what was written since the last reopening; null clears it. Required to leave pending.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    pub(super) resolution_notes: Option<Option<String>>,
    /// The profile id of the reviewer (default: the key's owner); only with a status other than pending. It is recorded when the issue
    /// leaves pending, not later.
    pub(super) reviewed_by: Option<Uuid>,
    /// Why it happened; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    pub(super) root_cause: Option<Option<String>>,
    /// What was done about it; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    pub(super) corrective_action: Option<Option<String>>,
    /// What prevents it from happening again; null clears it. Required to close an NCR of severity high or critical.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    pub(super) preventive_action: Option<Option<String>>,
    /// What is done with the affected pieces of an NCR; null clears it. Required to approve an NCR.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) disposition: Option<Option<NcrDisposition>>,
    /// How many pieces are affected, at most the part's quantity; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub(super) affected_quantity: Option<Option<i32>>,
    /// How the effect of the action was verified, in one line. Kept in the resolution notes. Required to close an NCR that has
    /// verification_required.
    #[schemars(length(min = 1, max = 2000), regex(pattern = NAME))]
    pub(super) verification_note: Option<String>,
    /// Why it is reopened, in one line; only with status pending. Kept in the resolution notes.
    #[schemars(length(min = 1, max = 2000), regex(pattern = NAME))]
    pub(super) reason: Option<String>,
    /// true: park the operation (on_hold, Yellow Card) while the issue is pending; false: let it continue.
    pub(super) causes_standstill: Option<bool>,
    /// true: book the affected pieces as scrap on the operation, less those booked since the day of the report. Requires disposition
    /// scrap.
    #[serde(default)]
    pub(super) book_scrap: bool,
    /// The id of the scrap reason; only with book_scrap.
    pub(super) scrap_reason_id: Option<Uuid>,
    /// The code of the scrap reason, instead of scrap_reason_id.
    #[schemars(length(min = 1))]
    pub(super) scrap_reason_code: Option<String>,
    /// Change the issue only if it is in this state; otherwise the call fails with a conflict that gives the current state.
    pub(super) expected_status: Option<IssueStatus>,
    /// Change the issue only if its updated_at still has this value; otherwise the call fails with a conflict that gives the current one.
    pub(super) if_updated_at: Option<DateTime<FixedOffset>>,
}

impl Arguments {
    /// Refuses arguments that do not fit each other.
    pub(super) fn check(&self) -> Result<(), ToolError> {
        let invalid = |field: &str, message: &str| Err(ToolError::invalid(field, message));
        if self.reason.is_some() && self.status != Some(IssueStatus::Pending) {
            return invalid("reason", "reason requires status pending");
        }
        if self.reviewed_by.is_some() && self.status.is_none_or(|status| status == IssueStatus::Pending) {
            return invalid("reviewed_by", "reviewed_by requires status approved, rejected or closed");
        }
        if !self.book_scrap && self.scrap_reason_id.is_some() {
            return invalid("scrap_reason_id", "scrap_reason_id requires book_scrap");
        }
        if !self.book_scrap && self.scrap_reason_code.is_some() {
            return invalid("scrap_reason_code", "scrap_reason_code requires book_scrap");
        }
        if self.if_updated_at.is_some_and(|instant| !is_known(&instant)) {
            return invalid("if_updated_at", "if_updated_at must be an updated_at that was read earlier");
        }
        let nothing = self.wanted().is_empty() && self.verification_note.is_none() && !self.book_scrap;
        if nothing {
            return Err(ToolError::new(
                ToolErrorCode::InvalidArguments,
                "nothing to change: give at least one field besides the id",
            ));
        }
        Ok(())
    }

    /// The fields to be set as given, by the names that the statement knows.
    pub(super) fn wanted(&self) -> Map<String, Value> {
        given([
            ("status", self.status.map(|status| json!(status))),
            ("severity", self.severity.map(|severity| json!(severity))),
            ("resolution_notes", self.resolution_notes.as_ref().map(|notes| json!(notes))),
            ("root_cause", self.root_cause.as_ref().map(|text| json!(text))),
            ("corrective_action", self.corrective_action.as_ref().map(|text| json!(text))),
            ("preventive_action", self.preventive_action.as_ref().map(|text| json!(text))),
            ("disposition", self.disposition.map(|disposition| json!(disposition))),
            ("affected_quantity", self.affected_quantity.map(|pieces| json!(pieces))),
            ("causes_standstill", self.causes_standstill.map(|flag| json!(flag))),
        ])
    }

    /// The issue's record as it would be after the call.
    pub(super) fn after(&self, present: &Present) -> Result<Record, ToolError> {
        let before = &present.record;
        let mut text = before.resolution_notes.clone();
        // A reopening comes first: the notes that come with it belong to the review that begins.
        if let (Some(reason), true) = (&self.reason, present.status != IssueStatus::Pending) {
            text = notes::reopened(text.as_deref().unwrap_or_default(), reason);
        }
        if let Some(words) = &self.resolution_notes {
            text = notes::replaced(text.as_deref().unwrap_or_default(), words.as_deref());
        }
        if let Some(note) = &self.verification_note {
            text = notes::verified(text.as_deref().unwrap_or_default(), note);
        }
        if text != before.resolution_notes && text.as_ref().is_some_and(|text| text.chars().count() > MAX_NOTES) {
            return Err(ToolError::new(ToolErrorCode::LimitExceeded, "the resolution notes would become too long")
                .with("field", "resolution_notes")
                .with("limit", MAX_NOTES));
        }
        let either = |given: &Option<Option<String>>, before: &Option<String>| given.as_ref().unwrap_or(before).clone();
        Ok(Record {
            severity: self.severity.unwrap_or(before.severity),
            disposition: self.disposition.unwrap_or(before.disposition),
            affected_quantity: self.affected_quantity.unwrap_or(before.affected_quantity),
            root_cause: either(&self.root_cause, &before.root_cause),
            corrective_action: either(&self.corrective_action, &before.corrective_action),
            preventive_action: either(&self.preventive_action, &before.preventive_action),
            resolution_notes: text,
            verification_required: before.verification_required,
        })
    }

    /// Refuses to change an issue that is not what the caller expects it to be.
    pub(super) fn check_unchanged(&self, present: &Present) -> Result<(), ToolError> {
        if present.unchanged && self.expected_status.is_none_or(|expected| expected == present.status) {
            return Ok(());
        }
        Err(ToolError::new(ToolErrorCode::Conflict, "the issue was changed by someone else")
            .hint("read the issue again and decide on its current state")
            .with("status", present.status.name())
            .with("updated_at", present.updated_at.clone()))
    }

    /// Refuses what this issue cannot have, whatever its state was.
    pub(super) fn check_fields(&self, present: &Present, to: IssueStatus) -> Result<(), ToolError> {
        if self.disposition.flatten().is_some() && present.issue_type == IssueType::General {
            return Err(ToolError::invalid("disposition", "only an NCR has a disposition"));
        }
        if self.causes_standstill == Some(true) && !present.causes_standstill && to != IssueStatus::Pending {
            return Err(ToolError::new(ToolErrorCode::InvalidState, "only a pending issue can park its operation")
                .with("field", "causes_standstill")
                .with("status", to.name()));
        }
        Ok(())
    }

    /// How many pieces this call books as scrap.
    pub(super) fn pieces(&self, present: &Present, after: &Record) -> Result<i32, ToolError> {
        if !self.book_scrap {
            return Ok(0);
        }
        match (after.disposition, after.affected_quantity) {
            (Some(NcrDisposition::Scrap), Some(pieces)) if pieces > 0 => {
                let booked = i32::try_from(present.scrapped).unwrap_or(i32::MAX);
                Ok(pieces.saturating_sub(booked).max(0))
            }
            _ => {
                let requires = "book_scrap requires disposition scrap and an affected_quantity of at least 1";
                Err(ToolError::invalid("book_scrap", requires))
            }
        }
    }
}

//! `update_job`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{JOB, JobStatus, Priority};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Fill;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Moment, present};
use crate::tools::jobs::{Job, read};
use crate::tools::lifecycle::fields::{
    Belief, FIELD_RULES, Fields, UPDATE_STATUS_ALIASES, nothing_to_change, want_notes,
};
use crate::tools::lifecycle::{Given, Locked, note, step_job};
use crate::tools::shared::{Change, MAX_NOTES, RULES, find, given};
use crate::{instant, statement};

/// `update_job`
pub(in crate::tools) struct UpdateJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give either this or job_number.
    id: Option<Uuid>,
    /// The job's number, instead of id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// The new state: in_progress (from not_started or on_hold; from completed, which reopens the job and requires a reason) or on_hold
    /// (from not_started or in_progress). Parts and operations are not changed. To complete a job, use complete_job.
    status: Option<JobStatus>,
    /// Why the state changes; added to the notes as the last paragraph. Only allowed together with status.
    #[schemars(length(min = 1, max = 2000))]
    reason: Option<String>,
    /// The new due date; a date without a time means the start of that day in the factory's time zone. It overrides the ERP's date, which
    /// is kept; null removes the override.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    due_date: Option<Option<Moment>>,
    /// The customer; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    customer: Option<Option<String>>,
    /// Replaces the notes; null clears them.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<Option<String>>,
    /// Adds a paragraph to the existing notes. Not allowed together with notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    append_notes: Option<String>,
    /// How urgent the job is; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    priority: Option<Option<Priority>>,
    /// Change the job only if it is in this state; otherwise the call fails with conflict and the current state.
    expected_status: Option<JobStatus>,
    /// Change the job only if its updated_at still has this value; otherwise the call fails with conflict and the current value.
    if_updated_at: Option<DateTime<FixedOffset>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Json<Job>,
    /// The fields that changed, each with its old and new value.
    changes: Json<Changes>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<JobStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date_override: Option<Change<Option<DateTime<FixedOffset>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Change<Option<String>>>,
}

impl Arguments {
    /// The fields to set, except state and notes, by the names that the statement knows.
    fn wanted(&self) -> Result<Map<String, Value>, ToolError> {
        if self.reason.is_some() && self.status.is_none() {
            return Err(ToolError::invalid("reason", "reason is only allowed together with status"));
        }
        let wanted = given([
            ("due_date", self.due_date.as_ref().map(|date| json!(date.as_ref().map(Moment::text)))),
            ("customer", self.customer.as_ref().map(|customer| json!(customer))),
            ("priority", self.priority.map(|priority| json!(priority))),
        ]);
        let notes = self.notes.is_some() || self.append_notes.is_some();
        if wanted.is_empty() && !notes && self.status.is_none() {
            return Err(nothing_to_change("status, due_date, customer, notes, append_notes or priority"));
        }
        Ok(wanted)
    }
}

statement! {
    static READ = include_str!("fields.sql"); [Uuid, Uuid];

    static WRITE = include_str!("update.sql"); [Uuid, Uuid, Jsonb]
        => rules(&[RULES, FIELD_RULES]), fills(&[("due_date", Fill::Text(instant!("($3 ->> 'due_date')")))]);
}

static FIELDS: Fields = Fields { read: &READ, write: &WRITE };

impl Declaration for UpdateJob {
    const NAME: &'static str = "update_job";
    const TITLE: &'static str = "Change a job";
    const DESCRIPTION: &'static str = "Changes fields of a job: state, due date (as an override that keeps the ERP's date), customer, notes, priority. Only the \
        given fields change, null clears a field, and the answer has old and new values. Also reopens a completed job, which requires a \
        reason; to complete one, use complete_job. To avoid overwriting changes by others, give expected_status or if_updated_at.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("job_id", "id"), ("customer_name", "customer"), ("description", "notes"), ("due_date_override", "due_date")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = UPDATE_STATUS_ALIASES;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let mut wanted = arguments.wanted()?;
        let id = find::one(call, &find::JOB, "id", arguments.id, arguments.job_number.as_deref())?;
        let mut locked = Locked::job_alone(call, id);
        let from = locked.job(id)?.status;
        let belief = Belief { status: arguments.expected_status, updated_at: arguments.if_updated_at };
        belief.check(call, &JOB, id, from)?;
        let before = FIELDS.read(call, id);
        let to = arguments.status.unwrap_or(from);
        if from != to {
            let given = Given { tool: Self::NAME, force: false, reason: arguments.reason.as_deref() };
            step_job(call, &mut locked, id, to, &given, None).map_err(|error| match to {
                JobStatus::Completed => error.hint("to complete a job, use complete_job"),
                _ => error,
            })?;
        }
        let note = (from != to).then(|| note(from, to, arguments.reason.as_deref())).flatten();
        want_notes(&mut wanted, arguments.notes.as_ref(), arguments.append_notes.as_deref(), note.as_deref())?;
        let changed = FIELDS.write(call, id, &before, wanted)?;
        let summary = changed.summary("job");
        Ok(Answer::new(summary, &Output { job: read(call, id), changes: changed.changes }))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"id": "@A/job/JOB-1002", "due_date": "2031-07-01", "priority": "urgent", "append_notes": "Asked for by telephone"}"#,
        ),
        Example::new(r#"{"job_number": "JOB-1031", "status": "in_progress", "reason": "Two pieces came back"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the job does not exist or was deleted",
            r#"{"id": "@nothing", "notes": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "this tool does not lead from the job's state to the requested one",
            r#"{"id": "@A/job/JOB-1002", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "the job no longer matches expected_status or if_updated_at",
            r#"{"id": "@A/job/JOB-1002", "notes": "x", "expected_status": "on_hold"}"#,
        ),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "no change was given", r#"{"id": "@A/job/JOB-1002"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the job would be reopened without a reason, or a reason was given without status",
            r#"{"job_number": "JOB-1031", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "neither id nor job_number was given, or both were, or notes and append_notes were given together",
            r#"{"notes": "x"}"#,
        ),
    ];
}

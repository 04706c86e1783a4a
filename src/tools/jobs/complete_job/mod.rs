//! `complete_job`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::jobs::{Job, read};
use crate::tools::lifecycle::{Given, Locked, Warning, complete_job};
use crate::tools::shared::find;

/// `complete_job`
pub(in crate::tools) struct CompleteJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give this or job_number.
    id: Option<Uuid>,
    /// Instead of id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// true: complete it although it is on_hold or something of it is open. Its open parts and operations are completed with it, also
    /// those that were never begun, and the time that is booked on them is ended; substeps and NCRs stay open. A pending issue that stops
    /// an operation is never passed.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Job,
    /// The state it was in before.
    previous_status: JobStatus,
    /// How many open parts were completed with it.
    completed_parts: usize,
    /// How many open operations were completed with it.
    completed_operations: usize,
    /// How many running time entries were ended.
    ended_time_entries: usize,
    /// What was ended by force, and what is left undone.
    warnings: Vec<Warning>,
}

impl Declaration for CompleteJob {
    const NAME: &'static str = "complete_job";
    const TITLE: &'static str = "Complete a job";
    const DESCRIPTION: &'static str = "Completes a job that is in_progress and notes when. Refused, with the first of what is open (blocked_by) and counts, while it \
        has open parts or operations, running time entries or pending NCRs, or when it is on_hold, unless force is true; and while an issue \
        that stops an operation is pending. A job is completed by itself with its last part; to reopen one use update_job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("job_id", "id")];
    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"job_number": "JOB-1026"}"#), Example::new(r#"{"id": "@A/job/JOB-1009", "force": true}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such job, or it was deleted", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither or both of id and job_number were given", "{}"),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the job is not_started or completed",
            r#"{"job_number": "JOB-1001", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the job is on_hold, without force",
            r#"{"job_number": "JOB-1029"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "parts, operations, time entries or NCRs of it are open, without force",
            r#"{"job_number": "JOB-1012"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "an issue that stops an operation is pending; force does not help",
            r#"{"job_number": "JOB-1013", "force": true}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let id = find::one(call, &find::JOB, "id", arguments.id, arguments.job_number.as_deref())?;
        let given = Given { tool: Self::NAME, force: arguments.force, reason: None };
        let done = complete_job(call, &mut Locked::job_alone(call, id), id, &given)?;
        let (parts, operations, entries) = (done.completed_parts, done.completed_operations, done.ended_time_entries);
        let summary = format!(
            "Completed the job; it was {}. Completed with it: parts {parts}, operations {operations}; ended time entries: {entries}.",
            done.previous.name()
        );
        let body = format!(
            r#"{{"job":{},"previous_status":"{}","completed_parts":{parts},"completed_operations":{operations},"ended_time_entries":{entries},"warnings":{}}}"#,
            read(call, id),
            done.previous.name(),
            json!(done.warnings)
        );
        Ok(Answer::from_sql(summary, body))
    }
}

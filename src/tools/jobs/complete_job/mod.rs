//! `complete_job`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Before, Call, Declaration, ErrorCase, Example};
use crate::tools::jobs::{Job, read};
use crate::tools::lifecycle::{Given, Locked, Warning, complete_job};
use crate::tools::shared::{NUMBERED, find};

/// `complete_job`
pub(in crate::tools) struct CompleteJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give either this or job_number.
    id: Option<Uuid>,
    /// The job's number, instead of id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// true: complete the job even if it is on_hold or has open work. Its open parts and operations are completed with it, including
    /// those that were never started, and running time entries on them are ended; substeps and NCRs stay open. A pending issue that
    /// stops an operation always prevents completion.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Json<Job>,
    /// The state before the call.
    previous_status: JobStatus,
    /// How many open parts were completed with it.
    completed_parts: usize,
    /// How many open operations were completed with it.
    completed_operations: usize,
    /// How many running time entries were ended.
    ended_time_entries: usize,
    /// What force ended, and what remains unfinished.
    warnings: Vec<Warning>,
}

impl Declaration for CompleteJob {
    const NAME: &'static str = "complete_job";
    const TITLE: &'static str = "Complete a job";
    const DESCRIPTION: &'static str = "Moves a job from in_progress to completed and records when. While the job has open parts or operations, running time \
        entries or pending NCRs, or is on_hold, it is refused unless force is true; the error lists the first items in the way (blocked_by) \
        and counts them. A pending issue that stops an operation always prevents completion. A job completes automatically with its last \
        part; to reopen one, use update_job.";
    const ACCESS: Access = Access::Write;
    const BEFORE: Option<Before> = Some(NUMBERED);
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("job_id", "id")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let id = find::one(call, &find::JOB, "id", arguments.id, arguments.job_number.as_deref())?;
        let given = Given { tool: Self::NAME, force: arguments.force, reason: None };
        let done = complete_job(call, &mut Locked::job_alone(call, id), id, &given)?;
        let summary = format!(
            "Completed the job; it was {}. Completed with it: parts {}, operations {}; ended time entries: {}.",
            done.previous.name(),
            done.completed_parts,
            done.completed_operations,
            done.ended_time_entries
        );
        let output = Output {
            job: read(call, id),
            previous_status: done.previous,
            completed_parts: done.completed_parts,
            completed_operations: done.completed_operations,
            ended_time_entries: done.ended_time_entries,
            warnings: done.warnings,
        };
        Ok(Answer::new(summary, &output))
    }

    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"job_number": "JOB-1026"}"#), Example::new(r#"{"id": "@A/job/JOB-1009", "force": true}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the job does not exist or was deleted", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither id nor job_number was given, or both were", "{}"),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the job is not_started or completed",
            r#"{"job_number": "JOB-1001", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the job is on_hold and force is not set",
            r#"{"job_number": "JOB-1029"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "parts, operations, time entries or NCRs of the job are open and force is not set",
            r#"{"job_number": "JOB-1012"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "an issue that stops an operation is pending, which force does not override",
            r#"{"job_number": "JOB-1013", "force": true}"#,
        ),
    ];
}

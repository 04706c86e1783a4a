//! `stop_job`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::jobs::{Job, read};
use crate::tools::lifecycle::{Given, Locked, note, step_job};
use crate::tools::shared::{RULES, find};
use crate::{sql_args, statement};

/// `stop_job`
pub(in crate::tools) struct StopJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give either this or job_number.
    id: Option<Uuid>,
    /// The job's number, instead of id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Why the job is stopped; added to its notes as the last paragraph.
    #[schemars(length(min = 1, max = 2000))]
    reason: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Json<Job>,
    /// The state before the call.
    previous_status: JobStatus,
    /// How many operations of the job are in progress. They were not changed.
    operations_in_progress: i64,
    /// How many time entries on the job's operations are running. They were not changed and keep running.
    running_time_entries: i64,
}

/// What still runs of a job.
#[derive(Deserialize)]
struct Running {
    operations: i64,
    time_entries: i64,
}

statement! {
    static RUNNING = include_str!("running.sql"); [Uuid, Uuid] => rules(&[RULES]);
}

impl Declaration for StopJob {
    const NAME: &'static str = "stop_job";
    const TITLE: &'static str = "Stop a job";
    const DESCRIPTION: &'static str = "Moves a job from in_progress to on_hold. Its parts, operations and running time entries are not changed; the answer says \
        how many operations are still in progress and how many time entries are still running. A job in any other state is refused with \
        invalid_state. To continue the job, use resume_job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("job_id", "id"), ("notes", "reason")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let id = find::one(call, &find::JOB, "id", arguments.id, arguments.job_number.as_deref())?;
        let to = JobStatus::OnHold;
        let given = Given { tool: Self::NAME, force: false, reason: arguments.reason.as_deref() };
        let note = note(JobStatus::InProgress, to, given.reason);
        let previous_status = step_job(call, &mut Locked::job_alone(call, id), id, to, &given, note.as_deref())?;
        let running = call.json::<Running>(&RUNNING, sql_args![id]);
        let (operations, entries) = (running.operations, running.time_entries);
        let output = Output {
            job: read(call, id),
            previous_status,
            operations_in_progress: operations,
            running_time_entries: entries,
        };
        let summary = format!(
            "Stopped the job. Not changed: operations in progress: {operations}, running time entries: {entries}."
        );
        Ok(Answer::new(summary, &output))
    }

    const EXAMPLES: &'static [Example] = &[Example::new(r#"{"job_number": "JOB-1009", "reason": "No material"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the job does not exist or was deleted", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither id nor job_number was given, or both were", "{}"),
        ErrorCase::new(ToolErrorCode::InvalidState, "the job is not in_progress", r#"{"id": "@A/job/JOB-1001"}"#),
    ];
}

//! `stop_job`.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::jobs::{Job, read};
use crate::tools::lifecycle::{Given, Locked, note, step_job};
use crate::tools::shared::{find, with_rules};

/// `stop_job`
pub(in crate::tools) struct StopJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give this or job_number.
    id: Option<Uuid>,
    /// Instead of id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Why; kept as the last paragraph of the job's notes.
    #[schemars(length(min = 1, max = 2000))]
    reason: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Job,
    /// The state it was in before.
    previous_status: JobStatus,
    /// Operations of the job that are in progress. They were not touched.
    operations_in_progress: i64,
    /// Time entries on the job's operations that are not ended. They were not touched and count on.
    running_time_entries: i64,
}

impl Declaration for StopJob {
    const NAME: &'static str = "stop_job";
    const TITLE: &'static str = "Stop a job";
    const DESCRIPTION: &'static str = "Sets a job that is in_progress to on_hold. Its parts, operations and running time entries stay as they are: the answer \
        tells how many operations are still in progress and how many time entries still run. A job in any other state is refused with \
        invalid_state. Go on with resume_job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("job_id", "id"), ("notes", "reason")];
    const EXAMPLES: &'static [Example] = &[Example::new(r#"{"job_number": "JOB-1009", "reason": "No material"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such job, or it was deleted", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither or both of id and job_number were given", "{}"),
        ErrorCase::new(ToolErrorCode::InvalidState, "the job is in another state", r#"{"id": "@A/job/JOB-1001"}"#),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static RUNNING: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("running.sql")));

        let id = find::one(call, &find::JOB, "id", arguments.id, arguments.job_number.as_deref())?;
        let to = JobStatus::OnHold;
        let given = Given { tool: Self::NAME, force: false, reason: arguments.reason.as_deref() };
        let note = note(JobStatus::InProgress, to, given.reason);
        let before = step_job(call, &mut Locked::job_alone(call, id), id, to, &given, note.as_deref())?.name();
        let args = sql_args![uuid(call.tenant), uuid(id)];
        let (operations, entries) = query::write(&RUNNING, args, |rows| rows.first().get_two::<i64, i64>());
        let (operations, entries) = (operations.unwrap_or_default(), entries.unwrap_or_default());
        let summary = format!(
            "Stopped the job. Not touched: operations in progress: {operations}, running time entries: {entries}."
        );
        let body = format!(
            r#"{{"job":{},"previous_status":"{before}","operations_in_progress":{operations},"running_time_entries":{entries}}}"#,
            read(call, id)
        );
        Ok(Answer::from_sql(summary, body))
    }
}

//! Steps of a job from one state to another: what `start_job`, `stop_job` and `resume_job` share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Job, lock, read};
use crate::core::states::{JOB, JobStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Answer, Call};
use crate::sql_args;
use crate::tools::common::{MAX_NOTES, check_step};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id.
    pub(super) id: Uuid,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Job,
    /// The state it was in before.
    previous_status: JobStatus,
}

/// Locks the job and takes the step, if it is allowed. A note becomes the last paragraph of the job's notes. Gives the state before.
pub(super) fn take(
    call: &Call,
    id: Uuid,
    tool: &str,
    to: JobStatus,
    note: Option<&str>,
) -> Result<JobStatus, ToolError> {
    let before = lock(call, id)?;
    check_step(&JOB, tool, before, to)?;
    let args = sql_args![uuid(call.tenant), uuid(id), to.name(), note];
    let length = query::write(include_str!("step.sql"), args, |rows| rows.first().get_one::<i32>());
    let too_long = length.and_then(|length| usize::try_from(length).ok()).is_some_and(|length| length > MAX_NOTES);
    if note.is_some() && too_long {
        return Err(ToolError::new(ToolErrorCode::LimitExceeded, "the notes would become too long")
            .with("field", "reason")
            .with("limit", MAX_NOTES));
    }
    Ok(before)
}

/// A whole tool whose answer is the job and its state before. `verb` begins the sentence for a person.
pub(super) fn run(call: &Call, id: Uuid, tool: &str, to: JobStatus, verb: &str) -> Result<Answer<Output>, ToolError> {
    let before = take(call, id, tool, to, None)?.name();
    let body = format!(r#"{{"job":{},"previous_status":"{before}"}}"#, read(call, id));
    Ok(Answer::from_sql(format!("{verb} the job; it was {before}."), body))
}

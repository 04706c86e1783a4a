//! Changes of a job's state that leave its parts and operations alone: what `start_job` and `resume_job` share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::JobStatus;
use crate::error::ToolError;
use crate::run::tool::{Answer, Call};
use crate::tools::jobs::{Job, read};
use crate::tools::lifecycle::{Given, Locked, step_job};
use crate::tools::shared::find;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give either this or job_number.
    id: Option<Uuid>,
    /// The job's number, instead of id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Json<Job>,
    /// The state before the call.
    previous_status: JobStatus,
}

/// Runs a tool that answers with the job and its previous state. `verb` begins the sentence.
pub(super) fn run(
    call: &Call,
    arguments: &Arguments,
    tool: &'static str,
    to: JobStatus,
    verb: &str,
) -> Result<Answer<Output>, ToolError> {
    let id = find::one(call, &find::JOB, "id", arguments.id, arguments.job_number.as_deref())?;
    let given = Given { tool, force: false, reason: None };
    let previous_status = step_job(call, &mut Locked::job_alone(call, id), id, to, &given, None)?;
    let output = Output { job: read(call, id), previous_status };
    Ok(Answer::new(format!("{verb} the job; it was {}.", previous_status.name()), &output))
}

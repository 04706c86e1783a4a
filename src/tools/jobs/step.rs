//! Steps of a job that leave its parts and operations as they are: what `start_job`, `stop_job` and `resume_job` share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::ToolError;
use crate::run::tool::{Answer, Call};
use crate::tools::jobs::{Job, read};
use crate::tools::lifecycle::{Given, Locked, step_job};
use crate::tools::shared::find;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give this or job_number.
    id: Option<Uuid>,
    /// Instead of id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Job,
    /// The state it was in before.
    previous_status: JobStatus,
}

/// A whole tool whose answer is the job and its state before. `verb` begins the sentence for a person.
pub(in crate::tools) fn run(
    call: &Call,
    arguments: &Arguments,
    tool: &'static str,
    to: JobStatus,
    verb: &str,
) -> Result<Answer<Output>, ToolError> {
    let id = find::one(call, &find::JOB, "id", arguments.id, arguments.job_number.as_deref())?;
    let given = Given { tool, force: false, reason: None };
    let before = step_job(call, &mut Locked::job_alone(call, id), id, to, &given, None)?.name();
    let body = format!(r#"{{"job":{},"previous_status":"{before}"}}"#, read(call, id));
    Ok(Answer::from_sql(format!("{verb} the job; it was {before}."), body))
}

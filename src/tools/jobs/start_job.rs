//! `start_job`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Job, check_step, lock, read};
use crate::core::states::{JobStatus, START_JOB};
use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration};
use crate::sql_args;

/// `start_job`
pub(in crate::tools) struct StartJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id.
    id: Uuid,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Job,
    /// The state it was in before.
    previous_status: JobStatus,
}

impl Declaration for StartJob {
    const NAME: &'static str = "start_job";
    const TITLE: &'static str = "Start a job";
    const DESCRIPTION: &'static str = "Sets a job that is not_started or on_hold to in_progress and notes when it first began. \
        Its parts and operations stay as they are. A job that is in_progress or completed is refused with invalid_state.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("job_id", "id")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let before = lock(call, arguments.id)?;
        check_step(before, START_JOB.to, &[START_JOB])?;
        query::write(include_str!("start.sql"), sql_args![uuid(call.tenant), uuid(arguments.id)], |_| Ok(()));
        let body = format!(r#"{{"job":{},"previous_status":"{}"}}"#, read(call, arguments.id), before.name());
        Ok(Answer::from_sql(format!("Started the job; it was {}.", before.name()), body))
    }
}

//! `start_job`.

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::jobs::step::{self, Arguments, Output};

/// `start_job`
pub(in crate::tools) struct StartJob;

impl Declaration for StartJob {
    const NAME: &'static str = "start_job";
    const TITLE: &'static str = "Start a job";
    const DESCRIPTION: &'static str = "Sets a job that is not_started or on_hold to in_progress and notes when it first began. \
        Its parts and operations stay as they are. A job that is in_progress or completed is refused with invalid_state.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("job_id", "id")];
    const EXAMPLES: &'static [Example] = &[Example::new(r#"{"job_number": "JOB-1001"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such job, or it was deleted", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither or both of id and job_number were given", "{}"),
        ErrorCase::new(ToolErrorCode::InvalidState, "the job is in another state", r#"{"id": "@A/job/JOB-1031"}"#),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        step::run(call, &arguments, Self::NAME, JobStatus::InProgress, "Started")
    }
}

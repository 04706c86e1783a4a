//! `resume_job`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::jobs::step::{self, Arguments, Output};

/// `resume_job`
pub(in crate::tools) struct ResumeJob;

impl Declaration for ResumeJob {
    const NAME: &'static str = "resume_job";
    const TITLE: &'static str = "Resume a job";
    const DESCRIPTION: &'static str = "Moves a job from on_hold back to in_progress. Its parts and operations are not changed, even those that are on hold. \
        A job in any other state is refused with invalid_state; to start a job that is not_started, use start_job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("job_id", "id")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        step::run(call, &arguments, Self::NAME, JobStatus::InProgress, "Resumed")
    }

    const EXAMPLES: &'static [Example] = &[Example::new(r#"{"job_number": "JOB-1029"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the job does not exist or was deleted", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither id nor job_number was given, or both were", "{}"),
        ErrorCase::new(ToolErrorCode::InvalidState, "the job is not on_hold", r#"{"id": "@A/job/JOB-1001"}"#),
    ];
}

//! `start_job`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::jobs::step::{self, Arguments, Output};

/// `start_job`
pub(in crate::tools) struct StartJob;

impl Declaration for StartJob {
    const NAME: &'static str = "start_job";
    const TITLE: &'static str = "Start a job";
    const DESCRIPTION: &'static str = "Moves a job from not_started or on_hold to in_progress and records when it was first started. Its parts and operations \
        are not changed. A job that is in_progress or completed is refused with invalid_state.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("job_id", "id")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        step::run(call, &arguments, Self::NAME, JobStatus::InProgress, "Started")
    }

    const EXAMPLES: &'static [Example] = &[Example::new(r#"{"job_number": "JOB-1001"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the job does not exist or was deleted", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither id nor job_number was given, or both were", "{}"),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the job is in_progress or completed",
            r#"{"id": "@A/job/JOB-1031"}"#,
        ),
    ];
}

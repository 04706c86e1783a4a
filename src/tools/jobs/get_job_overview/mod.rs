//! `get_job_overview`.

mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use self::output::Overview;
use crate::core::json::Json;
use crate::core::states::IssueSeverity;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Choice, Fill};
use crate::run::tool::{Access, Answer, Before, Call, Declaration, ErrorCase, Example};
use crate::tools::jobs::COLUMNS;
use crate::tools::planning::waiting::WAITING_RULES;
use crate::tools::shared::counts::counts;
use crate::tools::shared::{NUMBERED, RULES, find};
use crate::{sql_args, statement};

/// `get_job_overview`
pub(in crate::tools) struct GetJobOverview;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give either this or job_number.
    job_id: Option<Uuid>,
    /// The job's number, instead of job_id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// false: omit the list of parts (default true). Counts and progress remain.
    include_parts: bool,
    /// false: omit the list of operations (default true). Counts and progress remain.
    include_operations: bool,
    /// false: omit the lists of NCRs and other issues (default true). Counts remain.
    include_issues: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { job_id: None, job_number: None, include_parts: true, include_operations: true, include_issues: true }
    }
}

/// The most rows of each list. The descriptions of the output name them, too.
const MAX_PARTS: usize = 100;
const MAX_OPERATIONS: usize = 500;
const MAX_ISSUES: usize = 50;
const MAX_BLOCKERS: usize = 50;

statement! {
    /// `$2` is the job; `$3`, `$4` and `$5` say whether parts, operations and issues are listed. The job itself is shown as by the other
    /// tools, with its notes.
    static OVERVIEW = include_str!("overview.sql"); [Uuid, Uuid, Bool, Bool, Bool]
        => rules(&[RULES, WAITING_RULES]),
           fills(&[
               ("lists", Fill::Text(include_str!("lists.sql"))),
               ("days_left", Fill::Text(include_str!("days_left.sql"))),
               ("progress", Fill::Text(include_str!("progress.sql"))),
               ("finish", Fill::Text(include_str!("finish.sql"))),
               ("issues", Fill::Text(include_str!("issues.sql"))),
               ("open_by_severity", Fill::Made(|| counts("i.status = 'pending' AND i.severity", IssueSeverity::ALL))),
               ("columns", Fill::Text(COLUMNS)),
               ("job", Fill::Text(concat!(include_str!("../one.sql"), include_str!("../row.sql")))),
               ("more", Fill::Text(NOTES)),
               ("direction", Fill::Text("")),
               ("most_parts", Fill::Count(MAX_PARTS)),
               ("most_operations", Fill::Count(MAX_OPERATIONS)),
               ("most_issues", Fill::Count(MAX_ISSUES)),
               ("most_blockers", Fill::Count(MAX_BLOCKERS)),
           ]);
}

const NOTES: &str =
    ",\n           (SELECT x.notes FROM {{mes}}.jobs x WHERE x.tenant_id = $1 AND x.id = j.id) AS notes";

impl Declaration for GetJobOverview {
    const NAME: &'static str = "get_job_overview";
    const TITLE: &'static str = "Job overview";
    const DESCRIPTION: &'static str = "Shows everything about one job: its dates and notes, progress by number of operations and by estimated minutes, planned, booked \
        and remaining minutes, what blocks it, a rough projected finish, the assembly tree of its parts with the next operation and cell of \
        each, and its operations, NCRs and other issues. For exact dates, use suggest_reschedule; for many jobs, fetch_jobs.";
    const ACCESS: Access = Access::Read;
    const BEFORE: Option<Before> = Some(NUMBERED);
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("id", "job_id")];
    type Arguments = Arguments;
    type Output = Json<Overview>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let Arguments { job_id, job_number, include_parts, include_operations, include_issues } = arguments;
        let job = find::one(call, &find::JOB, "job_id", job_id, job_number.as_deref())?;
        let args = sql_args![job, include_parts, include_operations, include_issues];
        let overview = call
            .optional_json::<Overview>(&OVERVIEW, &Choice::none(), args)
            .ok_or_else(|| ToolError::not_found("job", &job))?;
        Ok(Answer::new(sentence(&overview), &overview))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"job_number": "JOB-1013", "include_operations": false}"#),
        Example::new(r#"{"job_id": "@A/job/JOB-1012"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the job does not exist or was deleted", r#"{"job_id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither job_id nor job_number is given", "{}"),
    ];
}

fn sentence(overview: &Overview) -> String {
    let Overview { job, progress, minutes, issues, .. } = overview;
    let overdue = if job.overdue { " and overdue" } else { "" };
    let cut = if overview.truncated { " Lists are cut: see truncated_lists." } else { "" };
    format!(
        "The job is {}{overdue}: {} of {} operations and {} of {} parts are completed, {} minutes remain, open issues: {}.{cut}",
        job.status.name().replace('_', " "),
        progress.operations.completed,
        progress.operations.total,
        progress.parts.completed,
        progress.parts.total,
        minutes.remaining,
        issues.open,
    )
}

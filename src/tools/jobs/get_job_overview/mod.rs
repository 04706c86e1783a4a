//! `get_job_overview`.

mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use self::output::Output;
use crate::core::states::IssueSeverity;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::planning::waiting::with_gaps;
use crate::tools::shared::{count_by, find};

/// `get_job_overview`
pub(in crate::tools) struct GetJobOverview;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// The job's id. One of job_id and job_number is required.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// false: leave the list of parts out (default true). Counts and progress stay.
    include_parts: bool,
    /// false: leave the list of operations out (default true). Counts and progress stay.
    include_operations: bool,
    /// false: leave the lists of NCRs and other issues out (default true). Counts stay.
    include_issues: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { job_id: None, job_number: None, include_parts: true, include_operations: true, include_issues: true }
    }
}

/// The statement. The job itself is shown as by the other tools, with its notes.
static OVERVIEW: LazyLock<String> = LazyLock::new(|| {
    let job = concat!(include_str!("../one.sql"), include_str!("../row.sql"));
    let notes = ",\n           (SELECT x.notes FROM jobs x WHERE x.tenant_id = $1 AND x.id = j.id) AS notes";
    let severities = IssueSeverity::ALL.iter().map(|severity| severity.name());
    let text = [
        ("{{lists}}", include_str!("lists.sql")),
        ("{{load}}", include_str!("load.sql")),
        ("{{progress}}", include_str!("progress.sql")),
        ("{{finish}}", include_str!("finish.sql")),
        ("{{issues}}", include_str!("issues.sql")),
        ("{{open_by_severity}}", &count_by("i.status = 'pending' AND i.severity", severities)),
        ("{{job}}", job),
        ("{{more}}", notes),
        ("{{direction}}", ""),
    ]
    .iter()
    .fold(include_str!("overview.sql").to_owned(), |text, (gap, rule)| text.replace(gap, rule.trim_end()));
    with_gaps(&text)
});

impl Declaration for GetJobOverview {
    const NAME: &'static str = "get_job_overview";
    const TITLE: &'static str = "Job overview";
    const DESCRIPTION: &'static str = "Everything about one job: its dates and notes, progress by count and by estimated minutes, planned, booked and remaining \
        minutes, what blocks it, a rough projected finish, the assembly tree of its parts with the next operation and cell of each, its \
        operations, NCRs and other issues. For exact dates use suggest_reschedule; for many jobs fetch_jobs.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("id", "job_id")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"job_number": "JOB-1013", "include_operations": false}"#),
        Example::new(r#"{"job_id": "@A/job/JOB-1012"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such job, or it was deleted", r#"{"job_id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "neither job_id nor job_number is given", "{}"),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { job_id, job_number, include_parts, include_operations, include_issues } = arguments;
        let job = find::one(call, &find::JOB, "job_id", job_id, job_number.as_deref())?;
        let args = sql_args![uuid(call.tenant), uuid(job), include_parts, include_operations, include_issues];
        let body =
            query::read(
                &OVERVIEW,
                args,
                |rows| {
                    if rows.is_empty() { Ok(None) } else { rows.first().get_one::<String>() }
                },
            )
            .ok_or_else(|| ToolError::not_found("job", &job))?;
        Ok(Answer::from_sql(sentence(&serde_json::from_str(&body).unwrap_or_default()), body))
    }
}

fn sentence(overview: &Value) -> String {
    let progress = &overview["progress"];
    let status = overview["job"]["status"].as_str().unwrap_or_default().replace('_', " ");
    let overdue = if overview["job"]["overdue"] == true { " and overdue" } else { "" };
    let cut = match overview["truncated_lists"].as_array() {
        Some(lists) if !lists.is_empty() => " Lists are cut: see truncated_lists.",
        _ => "",
    };
    format!(
        "The job is {status}{overdue}: {} of {} operations and {} of {} parts are completed, {} minutes remain, open issues: {}.{cut}",
        progress["operations"]["completed"],
        progress["operations"]["total"],
        progress["parts"]["completed"],
        progress["parts"]["total"],
        overview["minutes"]["remaining"],
        overview["issues"]["open"],
    )
}

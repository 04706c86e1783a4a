//! `prioritize_job`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::batch::parts::{PartFilter, PartScope};
use crate::tools::batch::report::{Report, batch_output, finish};
use crate::tools::batch::scope::MaxRows;
use crate::tools::lifecycle::Locked;
use crate::tools::shared::{MAX_NOTES, find, notes_too_long, with_rules};

/// `prioritize_job`
pub(in crate::tools) struct PrioritizeJob;

/// More jobs than this with bullet cards, and no card says anything any more. A house rule: one, at most two.
const MOST_BULLET_CARD_JOBS: i64 = 2;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// true (default): mark the job's open parts as bullet cards; false: take the marks away.
    #[serde(default = "yes")]
    set_bullet_card: bool,
    /// Why; added to the job's notes as a paragraph that begins with [PRIORITY].
    #[schemars(length(min = 1, max = 2000))]
    notes: Option<String>,
    /// Refuse to change more parts than this (1 to 500, default 500).
    #[serde(default)]
    max_rows: MaxRows,
    /// true: do it, tell what came of it, and take it back.
    #[serde(default)]
    dry_run: bool,
}

const fn yes() -> bool {
    true
}

/// A part that was marked, or whose mark was taken away.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MarkedPart {
    id: Uuid,
    part_number: String,
    status: JobStatus,
    is_bullet_card: bool,
}

/// A job with open parts that are bullet cards.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BulletCardJob {
    id: Uuid,
    job_number: String,
    /// How many of its open parts are bullet cards.
    bullet_cards: i64,
}

batch_output!(parts: Json<Vec<MarkedPart>>,
    job_id: Uuid,
    job_number: String,
    /// Whether a paragraph was added to the job's notes.
    notes_added: bool,
    /// How many jobs have open parts that are bullet cards, this one included.
    bullet_card_job_count: i64,
    /// The first 10 of them, by number.
    bullet_card_jobs: Json<Vec<BulletCardJob>>,
    /// Said when more than two jobs have bullet cards.
    warning: Option<String>);

/// Adds a paragraph to the notes of a locked job.
fn add_notes(call: &Call, job: Uuid, notes: &str) -> Result<(), ToolError> {
    let notes = format!("[PRIORITY] {notes}");
    let args = sql_args![uuid(call.tenant), uuid(job), notes.as_str()];
    let length = query::write(include_str!("add_notes.sql"), args, |rows| rows.first().get_one::<i32>());
    if length.and_then(|length| usize::try_from(length).ok()).is_some_and(|length| length > MAX_NOTES) {
        return Err(notes_too_long().with("field", "notes"));
    }
    Ok(())
}

/// A completed job has nothing left that could go first; its marks can still be taken away.
fn check_open(status: JobStatus, set: bool) -> Result<(), ToolError> {
    if set && status == JobStatus::Completed {
        return Err(ToolError::new(ToolErrorCode::InvalidState, "the job is completed: nothing of it can go first")
            .with("status", status.name()));
    }
    Ok(())
}

impl Declaration for PrioritizeJob {
    const NAME: &'static str = "prioritize_job";
    const TITLE: &'static str = "Prioritize a job";
    const DESCRIPTION: &'static str = "Puts a job before all others: marks its parts that are not completed as bullet cards (or, with set_bullet_card false, takes \
        the marks away) and adds the reason to its notes. Warns when more than two jobs have bullet cards then, because the factory follows \
        one, at most two. For single parts use batch_update_parts; for how urgent a job is among others, the priority of update_job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("id", "job_id"), ("bullet_card", "set_bullet_card")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"job_number": "JOB-1009", "notes": "The customer's line stands still"}"#),
        Example::new(r#"{"job_number": "JOB-1013", "set_bullet_card": false, "dry_run": true}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such job, or it was deleted", r#"{"job_id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidState, "the job is completed", r#"{"job_number": "JOB-1031"}"#),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the job has more open parts than max_rows",
            r#"{"job_number": "JOB-1012", "max_rows": 3}"#,
        ),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "no job is named", r#"{"set_bullet_card": false}"#),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static MARK: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("mark.sql")));
        static JOBS: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("bullet_card_jobs.sql")));

        let Arguments { set_bullet_card: set, max_rows, dry_run, .. } = arguments;
        let job = find::one(call, &find::JOB, "job_id", arguments.job_id, arguments.job_number.as_deref())?;
        finish(dry_run, || {
            check_open(Locked::job_alone(call, job).job(job)?.status, set)?;
            let scope = PartScope::of_job(job);
            let filter = PartFilter::default();
            let selection = scope.select(&filter, call)?.expect("a job is a criterion");
            let selected = selection.lock(call, max_rows.rows(), false)?;
            let args = sql_args![uuid(call.tenant), &selected.ids, set];
            let (changed, rows) = query::write(&MARK, args, |rows| rows.first().get_two::<i64, String>());
            let changed = changed.and_then(|changed| usize::try_from(changed).ok()).unwrap_or_default();
            if let Some(notes) = &arguments.notes {
                add_notes(call, job, notes)?;
            }
            let args = sql_args![uuid(call.tenant), uuid(job)];
            let (number, count, jobs) =
                query::write(&JOBS, args, |rows| rows.first().get_three::<String, i64, String>());
            let (count, jobs) = (count.unwrap_or_default(), jobs.unwrap_or_default());
            let warning = (count > MOST_BULLET_CARD_JOBS).then(|| {
                format!("{count} jobs have bullet cards; where more than {MOST_BULLET_CARD_JOBS} go first, none does")
            });
            let report = Report {
                changed,
                unchanged: selected.ids.len() - changed,
                excluded: selected.excluded,
                dry_run,
                ..Report::default()
            };
            let verb = if set { "marked parts as bullet cards" } else { "taken the mark from parts" };
            let done = format!("{verb}: {changed}; jobs with bullet cards: {count}");
            let rows = Json::from_text(rows.unwrap_or_else(|| "[]".to_owned())).expect("the statement gives parts");
            let jobs = Json::from_text(jobs).expect("the statement gives jobs");
            let (number, notes_added) = (number.expect("the job is locked"), arguments.notes.is_some());
            Ok(Output::answer(report, &done, rows, job, number, notes_added, count, jobs, warning))
        })
    }
}

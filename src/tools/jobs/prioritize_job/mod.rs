//! `prioritize_job`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Fill;
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::batch::parts::{PartFilter, PartScope};
use crate::tools::batch::report::{Report, batch_output, finish};
use crate::tools::batch::scope::MaxRows;
use crate::tools::lifecycle::Locked;
use crate::tools::shared::{MAX_NOTES, RULES, find, notes_too_long};
use crate::{sql_args, statement};

/// `prioritize_job`
pub(in crate::tools) struct PrioritizeJob;

/// With bullet cards on more jobs than this, a card no longer means anything. A house rule: one job, two at most.
const MOST_BULLET_CARD_JOBS: i64 = 2;

/// How many jobs with bullet cards the answer lists.
const MAX_LISTED: usize = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id. Give either this or job_number.
    job_id: Option<Uuid>,
    /// The job's number, instead of job_id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// true (default): mark the job's open parts as bullet cards; false: remove the marks.
    #[serde(default = "yes")]
    set_bullet_card: bool,
    /// Why the job is prioritized; added to its notes as a paragraph that begins with [PRIORITY].
    #[schemars(length(min = 1, max = 2000))]
    notes: Option<String>,
    /// The call is refused if it would change more parts than this (1 to 500, default 500).
    #[serde(default)]
    max_rows: MaxRows,
    /// true: a dry run, which shows what would happen and changes nothing.
    #[serde(default)]
    dry_run: bool,
}

const fn yes() -> bool {
    true
}

/// A part that was marked, or whose mark was removed.
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
    /// How many jobs, including this one, have open parts that are bullet cards.
    bullet_card_job_count: i64,
    /// The first 10 of these jobs, by number.
    bullet_card_jobs: Json<Vec<BulletCardJob>>,
    /// Set when more than two jobs have bullet cards.
    warning: Option<String>);

/// The job, and all jobs with open parts that are bullet cards.
#[derive(Deserialize)]
struct BulletCards {
    job_number: String,
    count: i64,
    jobs: Json<Vec<BulletCardJob>>,
}

statement! {
    static MARK = include_str!("mark.sql"); [Uuid, UuidArray, Bool];
    static ADD_NOTES = include_str!("add_notes.sql"); [Uuid, Uuid, Text];
    static BULLET_CARDS = include_str!("bullet_card_jobs.sql"); [Uuid, Uuid]
        => rules(&[RULES]), fills(&[("most_listed", Fill::Count(MAX_LISTED))]);
}

/// Adds a paragraph to the notes of a locked job.
fn add_notes(call: &Call, job: Uuid, notes: &str) -> Result<(), ToolError> {
    let notes = format!("[PRIORITY] {notes}");
    let length = call.value::<i32>(&ADD_NOTES, sql_args![job, notes]);
    if length.and_then(|length| usize::try_from(length).ok()).is_some_and(|length| length > MAX_NOTES) {
        return Err(notes_too_long().with("field", "notes"));
    }
    Ok(())
}

/// A completed job has nothing left to prioritize, but its marks can still be removed.
fn check_open(status: JobStatus, set: bool) -> Result<(), ToolError> {
    if set && status == JobStatus::Completed {
        return Err(ToolError::new(
            ToolErrorCode::InvalidState,
            "the job is completed, so nothing is left to prioritize",
        )
        .with("status", status.name()));
    }
    Ok(())
}

impl Declaration for PrioritizeJob {
    const NAME: &'static str = "prioritize_job";
    const TITLE: &'static str = "Prioritize a job";
    const DESCRIPTION: &'static str = "Gives a job top priority: marks its uncompleted parts as bullet cards (or, with set_bullet_card false, removes the marks) and \
        adds the reason to its notes. Warns if more than two jobs then have bullet cards, because the factory follows one, two at most. For \
        single parts, use batch_update_parts; for a job's relative urgency, set priority with update_job.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("id", "job_id"), ("bullet_card", "set_bullet_card")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { set_bullet_card: set, max_rows, dry_run, .. } = arguments;
        let job = find::one(call, &find::JOB, "job_id", arguments.job_id, arguments.job_number.as_deref())?;
        finish(dry_run, || {
            check_open(Locked::job_alone(call, job).job(job)?.status, set)?;
            let scope = PartScope::of_job(job);
            let filter = PartFilter::default();
            let selection = scope.select(&filter, call)?.expect("a job is a criterion");
            let selected = selection.lock(call, max_rows.rows(), false)?;
            let parts = call.json::<Vec<MarkedPart>>(&MARK, sql_args![&selected.ids, set]);
            let changed = parts.len();
            if let Some(notes) = &arguments.notes {
                add_notes(call, job, notes)?;
            }
            let cards = call.json::<BulletCards>(&BULLET_CARDS, sql_args![job]);
            let BulletCards { job_number, count, jobs } = cards.into_value();
            let warning = (count > MOST_BULLET_CARD_JOBS).then(|| {
                format!("{count} jobs have bullet cards; with more than {MOST_BULLET_CARD_JOBS} top-priority jobs, none has priority")
            });
            let report = Report {
                changed,
                unchanged: selected.ids.len() - changed,
                excluded: selected.excluded,
                dry_run,
                ..Report::default()
            };
            let verb = if set { "marked parts as bullet cards" } else { "removed the mark from parts" };
            let done = format!("{verb}: {changed}; jobs with bullet cards: {count}");
            let notes_added = arguments.notes.is_some();
            Ok(Output::answer(report, &done, parts, job, job_number, notes_added, count, jobs, warning))
        })
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"job_number": "JOB-1009", "notes": "The customer's line stands still"}"#),
        Example::new(r#"{"job_number": "JOB-1013", "set_bullet_card": false, "dry_run": true}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "the job does not exist or was deleted", r#"{"job_id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidState, "the job is completed", r#"{"job_number": "JOB-1031"}"#),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the job has more open parts than max_rows",
            r#"{"job_number": "JOB-1012", "max_rows": 3}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "neither job_id nor job_number was given",
            r#"{"set_bullet_card": false}"#,
        ),
    ];
}

//! `batch_complete_operations`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::batch::operations::{OperationFilter, OperationScope};
use crate::tools::batch::report::{Failures, Report, batch_output, finish};
use crate::tools::batch::scope::MaxRows;
use crate::tools::lifecycle::{Completion, Effect, Given, Warning};

/// `batch_complete_operations`
pub(in crate::tools) struct BatchCompleteOperations;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// Which operations: those that fit all that is given. Without any criterion, or with an empty list of ids, nothing is changed.
    scope: OperationScope,
    /// Which operations are left alone. Those that are completed already always are, unless exclude_completed is false.
    #[serde(default)]
    filter: OperationFilter,
    /// A paragraph that is added to each operation's notes.
    #[schemars(length(min = 1, max = 2000))]
    notes: Option<String>,
    /// Only 100: what is completed is completed. For less, use update_operation.
    #[serde(default = "hundred")]
    #[schemars(range(min = 100, max = 100))]
    #[expect(dead_code, reason = "the schema refuses anything else")]
    completion_percentage: i32,
    /// true: complete operations although they are on_hold, time is still booked on them (the time entries are ended) or substeps are not
    /// completed (they stay so). A pending issue that stops an operation is never passed.
    #[serde(default)]
    force: bool,
    /// Refuse to change more operations than this (1 to 500, default 500).
    #[serde(default)]
    max_rows: MaxRows,
    /// true: complete what can be completed and list the others as skipped. false (default): all or nothing.
    #[serde(default)]
    partial: bool,
    /// true: do it, tell what came of it, and take it back.
    #[serde(default)]
    dry_run: bool,
}

const fn hundred() -> i32 {
    100
}

/// An operation that was completed.
// In alphabetical order, in which answers show it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CompletedOperation {
    /// Booked in all.
    actual_time_minutes: i32,
    id: Uuid,
    job_number: String,
    operation_name: String,
    part_number: String,
    /// The state it was in before.
    previous_status: TaskStatus,
    /// What force ended, and what is left undone.
    warnings: Vec<Warning>,
}

/// What the answer shows of an operation beside what completing it gave.
#[derive(Deserialize)]
struct Shown {
    id: Uuid,
    operation_name: String,
    part_number: String,
    job_number: String,
    actual_time_minutes: i32,
}

batch_output!(operations: Vec<CompletedOperation>,
    /// The parts that are in another state now: completed when nothing of them is open any more.
    parts: Vec<Effect>,
    /// The jobs that are in another state now.
    jobs: Vec<Effect>,
    /// What is left undone beside what the operations' own warnings say.
    warnings: Vec<Warning>);

fn show(call: &Call, ids: &[Uuid]) -> Vec<Shown> {
    let args = sql_args![uuid(call.tenant), ids];
    query::write(include_str!("show.sql"), args, |rows| rows.first().get_one::<String>())
        .map(|text| serde_json::from_str(&text).expect("the statement gives operations"))
        .unwrap_or_default()
}

impl Declaration for BatchCompleteOperations {
    const NAME: &'static str = "batch_complete_operations";
    const TITLE: &'static str = "Complete many operations";
    const DESCRIPTION: &'static str = "Completes up to 500 operations at once: those of a job, part, cell or customer, or listed by id. Each follows the rules of \
        complete_operation: it must be in_progress, without running time and unfinished substeps (else force), and without a pending issue that \
        stops it. Parts and jobs of which nothing is open any more are completed with them. All or nothing, unless partial is true; what is \
        completed already is left alone. Look at it first with dry_run. An empty scope changes nothing.";
    const ACCESS: Access = Access::Destructive;
    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"scope": {"job_number": "JOB-1009"}, "filter": {"status": "in_progress"}, "force": true, "partial": true, "notes": "End of shift"}"#,
        ),
        Example::new(
            r#"{"scope": {"operation_ids": ["@A/operation/P-1012-10/3"], "part_number": "P-1012-10"}, "completion_percentage": 100,
                "dry_run": true}"#,
        ),
        Example::new(
            r#"{"scope": {"cell_name": "Welding", "customer": "acme industries"}, "filter": {"status": "in_progress"}, "partial": true}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "a listed operation, or the job, part or cell of the scope, is not there",
            r#"{"scope": {"operation_ids": ["@nothing"]}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "one of them cannot be completed: it is not_started, or something stands in its way",
            r#"{"scope": {"operation_ids": ["@A/operation/P-1012-10/3", "@A/operation/P-1001-01/1"]}}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "completion_percentage is not 100",
            r#"{"scope": {"operation_ids": ["@A/operation/P-1012-10/3"]}, "completion_percentage": 95}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the scope holds more operations than max_rows",
            r#"{"scope": {"job_number": "JOB-1012"}, "max_rows": 3}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { partial, dry_run, force, .. } = arguments;
        finish(dry_run, || {
            let Some(selection) = arguments.scope.select(&arguments.filter, call)? else {
                let report = Report::nothing(dry_run);
                return Ok(Output::answer(report, "", Vec::new(), Vec::new(), Vec::new(), Vec::new()));
            };
            let selected = selection.lock(call, arguments.max_rows.rows(), partial)?;
            let given = Given { tool: Self::NAME, force, reason: None };
            let notes = arguments.notes.as_deref();
            let mut completion = Completion::plan(call, selected.locked, &selected.ids, &given, notes);
            let mut failures = Failures::missing("operation", &selected.missing);
            for (id, outcome) in &completion.outcomes {
                if let Err(error) = outcome {
                    failures.push(*id, error.clone());
                }
            }
            let skipped = failures.settle("operation", selected.ids.len(), partial)?;
            let warnings = completion.carry_out(call);
            let (parts, jobs) = (completion.locked.changed_parts(), completion.locked.changed_jobs());
            let mut done: BTreeMap<_, _> =
                completion.outcomes.into_iter().filter_map(|(id, outcome)| Some((id, outcome.ok()?))).collect();
            let ids: Vec<_> = done.keys().copied().collect();
            let rows: Vec<_> = show(call, &ids)
                .into_iter()
                .filter_map(|shown| {
                    let done = done.remove(&shown.id)?;
                    Some(CompletedOperation {
                        id: shown.id,
                        operation_name: shown.operation_name,
                        part_number: shown.part_number,
                        job_number: shown.job_number,
                        previous_status: done.previous,
                        actual_time_minutes: shown.actual_time_minutes,
                        warnings: done.warnings,
                    })
                })
                .collect();
            let sentence = format!(
                "completed operations: {}, and changed the state of parts: {}, of jobs: {}",
                rows.len(),
                parts.len(),
                jobs.len()
            );
            let report = Report {
                changed: rows.len(),
                unchanged: 0,
                excluded: selected.excluded,
                skipped,
                dry_run,
                ..Report::default()
            };
            Ok(Output::answer(report, &sentence, rows, parts, jobs, warnings))
        })
    }
}

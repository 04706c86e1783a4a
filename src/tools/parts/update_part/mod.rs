//! `update_part`.

mod arguments;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use self::arguments::Arguments;
use crate::core::json::Json;
use crate::core::states::{JobStatus, PART};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::statement;
use crate::tools::lifecycle::fields::{Belief, FIELD_RULES, Fields, UPDATE_STATUS_ALIASES, want_notes};
use crate::tools::lifecycle::{Effect, Given, Locked, Warning, check_limit, note, step_part};
use crate::tools::parts::{Part, cell, read};
use crate::tools::shared::{Change, find};

/// `update_part`
pub(in crate::tools) struct UpdatePart;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    part: Json<Part>,
    /// The fields that changed, each with its old and new value.
    changes: Json<Changes>,
    /// What happened to the part's job.
    job: Effect,
    /// How many open operations were completed with the part.
    completed_operations: usize,
    /// What force overrode, what was ended, and what remains unfinished.
    warnings: Vec<Warning>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<JobStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_cell_id: Option<Change<Option<Uuid>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drawing_no: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnc_program_name: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_bullet_card: Option<Change<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Change<Option<String>>>,
}

/// Refuses a cell that does not exist or is not active, and, without force, one that is full. A completed part is at no cell.
fn check_cell(
    call: &Call,
    cell: Uuid,
    job: Uuid,
    status: JobStatus,
    force: bool,
) -> Result<Option<Warning>, ToolError> {
    if status == JobStatus::Completed {
        return Err(ToolError::new(ToolErrorCode::InvalidState, "a completed part cannot be at a cell")
            .with("field", "current_cell_id")
            .with("status", status.name()));
    }
    cell::check_active(call, cell, "current_cell_id")?;
    check_limit(call, cell, job, force)
}

statement! {
    static READ = include_str!("fields.sql"); [Uuid, Uuid];

    static WRITE = include_str!("update.sql"); [Uuid, Uuid, Jsonb] => rules(&[FIELD_RULES]);
}

static FIELDS: Fields = Fields { read: &READ, write: &WRITE };

impl Declaration for UpdatePart {
    const NAME: &'static str = "update_part";
    const TITLE: &'static str = "Change a part";
    const DESCRIPTION: &'static str = "Changes fields of a part: state, cell, drawing, CNC program, bullet card, notes. Also reopens a completed part. Only the \
        given fields change, null clears a field, and the answer has old and new values and what happened to the job. To avoid overwriting \
        changes by others, give expected_status or if_updated_at. For many parts, use batch_update_parts; operations have their own tools.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[
        ("part_id", "id"),
        ("current_stage_id", "current_cell_id"),
        ("cell_id", "current_cell_id"),
        ("current_cell_name", "cell_name"),
        ("bullet_card", "is_bullet_card"),
    ];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = UPDATE_STATUS_ALIASES;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let mut wanted = arguments.wanted()?;
        let id = find::one(call, &find::PART, "id", arguments.id, arguments.part_number.as_deref())?;
        let cell = cell::named(call, arguments.current_cell_id, arguments.cell_name.as_deref())?;
        let mut locked = Locked::parts(call, &[id]);
        let part = locked.part(id)?;
        let (job, from) = (part.job, part.status);
        let belief = Belief { status: arguments.expected_status, updated_at: arguments.if_updated_at };
        belief.check(call, &PART, id, from)?;
        let before = FIELDS.read(call, id);
        let to = arguments.status.unwrap_or(from);
        let (mut completed_operations, mut warnings) = (0, Vec::new());
        if from != to {
            let given = Given { tool: Self::NAME, force: arguments.force, reason: arguments.reason.as_deref() };
            let stepped = step_part(call, &mut locked, id, to, &given)?;
            (completed_operations, warnings) = (stepped.completed_operations, stepped.warnings);
        }
        if let Some(cell) = cell {
            if let Some(cell) = cell.filter(|cell| !before.holds("current_cell_id", Some(*cell))) {
                warnings.extend(check_cell(call, cell, job, to, arguments.force)?);
            }
            wanted.insert("current_cell_id".to_owned(), json!(cell));
        }
        let note = (from != to).then(|| note(from, to, arguments.reason.as_deref())).flatten();
        want_notes(&mut wanted, arguments.notes.as_ref(), arguments.append_notes.as_deref(), note.as_deref())?;
        let changed = FIELDS.write(call, id, &before, wanted)?;
        let summary = changed.summary("part");
        let output = Output {
            part: read(call, id),
            changes: changed.changes,
            job: locked.job_effect(job),
            completed_operations,
            warnings,
        };
        Ok(Answer::new(summary, &output))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"part_number": "P-1012-22", "status": "in_progress", "cell_name": "Laser 1", "is_bullet_card": true, "append_notes": "First"}"#,
        ),
        Example::new(r#"{"part_number": "P-1012-15", "status": "completed", "force": true}"#),
        Example::new(r#"{"id": "@A/part/P-1031-01", "status": "in_progress", "reason": "Rework after a complaint"}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the part does not exist, or it or its job was deleted",
            r#"{"id": "@nothing", "notes": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "no change was given, or neither id nor part_number, or both of them",
            r#"{"id": "@A/part/P-1012-22"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "this tool does not lead from the part's state to the requested one",
            r#"{"part_number": "P-1012-22", "status": "completed", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the part has open operations or running time entries, would be completed, and force is not set",
            r#"{"part_number": "P-1012-15", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "an issue that stops one of its operations is pending, which force does not override",
            r#"{"part_number": "P-1012-05", "status": "completed", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the part would be started while its job is on_hold or completed",
            r#"{"part_number": "P-1027-01", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the part would return to not_started although operations were started",
            r#"{"part_number": "P-1012-21", "status": "not_started"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the part would be reopened without a reason, or a reason was given without status",
            r#"{"id": "@A/part/P-1031-01", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the cell does not exist or was deleted",
            r#"{"part_number": "P-1012-22", "current_cell_id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the cell is not active, or the part is completed",
            r#"{"id": "@A/part/P-1031-01", "cell_name": "Laser 1"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "this job would exceed the cell's enforced WIP limit, and force is not set",
            r#"{"part_number": "P-1012-22", "cell_name": "Welding"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "notes and append_notes were given together, or current_cell_id and cell_name",
            r#"{"part_number": "P-1012-22", "notes": "x", "append_notes": "y"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "the part no longer matches expected_status or if_updated_at",
            r#"{"part_number": "P-1012-22", "notes": "x", "expected_status": "completed"}"#,
        ),
    ];
}

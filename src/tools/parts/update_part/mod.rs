//! `update_part`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::states::{JobStatus, PART};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::present;
use crate::tools::lifecycle::fields::{Belief, Changed, FIELD_RULES, Fields, nothing_to_change, want_notes};
use crate::tools::lifecycle::{Effect, Given, Locked, Warning, check_limit, note, step_part};
use crate::tools::parts::{Part, read};
use crate::tools::shared::{Change, MAX_NOTES, find};
use crate::{sql_args, statement};

/// `update_part`
pub(in crate::tools) struct UpdatePart;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The part's id. Give this or part_number.
    id: Option<Uuid>,
    /// Instead of id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// The new state: in_progress (from not_started or on_hold; from completed it reopens the part, with its job, and needs a reason),
    /// on_hold (from not_started or in_progress), not_started (from on_hold, while none of its operations was begun) or completed (from
    /// in_progress). The job goes with it: it starts with its first part and is completed with its last.
    status: Option<JobStatus>,
    /// Why the state changes; kept as the last paragraph of the notes. Only together with status.
    #[schemars(length(min = 1, max = 2000))]
    reason: Option<String>,
    /// true: complete the part although operations are open or time is booked on them: they are completed with it, and the time is ended;
    /// or move it to a cell that is over its enforced WIP limit. A pending issue that stops an operation is never passed.
    #[serde(default)]
    force: bool,
    /// The id of the cell where it is now; null for none. The cell must be in use.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    current_cell_id: Option<Option<Uuid>>,
    /// Instead of current_cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// The number of its drawing; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    drawing_no: Option<Option<String>>,
    /// The name of its CNC program; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    cnc_program_name: Option<Option<String>>,
    /// true: marked as work that goes first.
    is_bullet_card: Option<bool>,
    /// Replaces the notes; null clears them.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<Option<String>>,
    /// Adds a paragraph to the notes that are there. Not together with notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    append_notes: Option<String>,
    /// Change the part only if it is in this state now; otherwise the answer is a conflict that tells its state.
    expected_status: Option<JobStatus>,
    /// Change the part only if its updated_at is still this one; otherwise the answer is a conflict that tells the present one.
    if_updated_at: Option<DateTime<FixedOffset>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    part: Part,
    /// What is different now, and only that.
    changes: Changes,
    /// What became of its job.
    job: Effect,
    /// How many open operations were completed with it.
    completed_operations: usize,
    /// What force overrode, what was ended, and what is left undone.
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

impl Arguments {
    /// What is to be set beside state, cell and notes, by the names that the statement knows.
    fn wanted(&self) -> Result<Map<String, Value>, ToolError> {
        let given = [
            ("drawing_no", self.drawing_no.as_ref().map(|number| json!(number))),
            ("cnc_program_name", self.cnc_program_name.as_ref().map(|name| json!(name))),
            ("is_bullet_card", self.is_bullet_card.map(Value::from)),
        ];
        let wanted: Map<_, _> = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let cell = self.current_cell_id.is_some() || self.cell_name.is_some();
        let notes = self.notes.is_some() || self.append_notes.is_some();
        if wanted.is_empty() && !cell && !notes && self.status.is_none() {
            return Err(nothing_to_change(
                "status, current_cell_id, cell_name, drawing_no, cnc_program_name, is_bullet_card, notes or append_notes",
            ));
        }
        if self.reason.is_some() && self.status.is_none() {
            return Err(ToolError::invalid("reason", "reason needs status"));
        }
        Ok(wanted)
    }

    /// The cell that the part is to be at, if one was given.
    fn cell(&self, call: &Call) -> Result<Option<Option<Uuid>>, ToolError> {
        match (self.current_cell_id, &self.cell_name) {
            (Some(None), None) => Ok(Some(None)),
            (Some(None), Some(_)) => {
                Err(ToolError::invalid("cell_name", "give current_cell_id or cell_name, not both"))
            }
            (id, name) => {
                let cell = find::optional(call, &find::CELL, "current_cell_id", id.flatten(), name.as_deref())?;
                Ok(cell.map(Some))
            }
        }
    }
}

/// Refuses a cell that is not there or not in use, and, unless it is forced, one that is full. What is completed is at no cell.
fn check_cell(
    call: &Call,
    cell: Uuid,
    job: Uuid,
    status: JobStatus,
    force: bool,
) -> Result<Option<Warning>, ToolError> {
    if status == JobStatus::Completed {
        return Err(ToolError::new(ToolErrorCode::InvalidState, "a completed part is at no cell")
            .with("field", "current_cell_id")
            .with("status", status.name()));
    }
    let active = query::write(include_str!("cell.sql"), sql_args![uuid(call.tenant), uuid(cell)], |rows| {
        if rows.is_empty() { Ok(None) } else { rows.first().get_one::<bool>() }
    });
    match active {
        Some(true) => check_limit(call, cell, job, force),
        Some(false) => {
            Err(ToolError::new(ToolErrorCode::InvalidState, "the cell is not in use").with("field", "current_cell_id"))
        }
        None => Err(ToolError::not_found("cell", &cell).with("field", "current_cell_id")),
    }
}

statement! {
    static READ = include_str!("fields.sql"); [Uuid, Uuid];

    static WRITE = include_str!("update.sql"); [Uuid, Uuid, Jsonb] => rules(&[FIELD_RULES]);
}

static FIELDS: Fields = Fields { read: &READ, write: &WRITE };

impl Declaration for UpdatePart {
    const NAME: &'static str = "update_part";
    const TITLE: &'static str = "Change a part";
    const DESCRIPTION: &'static str = "Changes fields of a part: state, cell, drawing, CNC program, bullet card, notes; also reopens a completed one. Only the given \
        fields change, null clears one, and the answer tells old and new values and what became of the job. Guard against changes by others \
        with expected_status or if_updated_at. For many parts use batch_update_parts; operations have their own tools.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[
        ("part_id", "id"),
        ("current_stage_id", "current_cell_id"),
        ("cell_id", "current_cell_id"),
        ("current_cell_name", "cell_name"),
        ("bullet_card", "is_bullet_card"),
    ];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = &[
        ("status", "pending", "not_started"),
        ("status", "paused", "on_hold"),
        ("expected_status", "pending", "not_started"),
        ("expected_status", "paused", "on_hold"),
    ];
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
            "there is no such part, or it or its job was deleted",
            r#"{"id": "@nothing", "notes": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "nothing to change was given, or neither or both of id and part_number",
            r#"{"id": "@A/part/P-1012-22"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the state cannot follow the present one",
            r#"{"part_number": "P-1012-22", "status": "completed", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "it would be completed with open operations or running time, without force",
            r#"{"part_number": "P-1012-15", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "an issue that stops one of its operations is pending; force does not help",
            r#"{"part_number": "P-1012-05", "status": "completed", "force": true}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "it would go on while its job is on_hold or completed",
            r#"{"part_number": "P-1027-01", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "it would go back to not_started although operations were begun",
            r#"{"part_number": "P-1012-21", "status": "not_started"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "it would be reopened without a reason, or a reason without status",
            r#"{"id": "@A/part/P-1031-01", "status": "in_progress"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such cell, or it was deleted",
            r#"{"part_number": "P-1012-22", "current_cell_id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the cell is not in use, or the part is completed",
            r#"{"id": "@A/part/P-1031-01", "cell_name": "Laser 1"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the cell is over its enforced WIP limit with this job, without force",
            r#"{"part_number": "P-1012-22", "cell_name": "Welding"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "notes and append_notes together, or current_cell_id and cell_name",
            r#"{"part_number": "P-1012-22", "notes": "x", "append_notes": "y"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "it is not in expected_status, or was changed after if_updated_at",
            r#"{"part_number": "P-1012-22", "notes": "x", "expected_status": "completed"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let mut wanted = arguments.wanted()?;
        let id = find::one(call, &find::PART, "id", arguments.id, arguments.part_number.as_deref())?;
        let cell = arguments.cell(call)?;
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
        let changed: Changed<Changes> = FIELDS.write(call, id, &before, wanted)?;
        let body = format!(
            r#"{{"part":{},"changes":{},"job":{},"completed_operations":{completed_operations},"warnings":{}}}"#,
            read(call, id),
            changed.changes.text(),
            json!(locked.job_effect(job)),
            json!(warnings)
        );
        Ok(Answer::from_sql(changed.summary("part"), body))
    }
}

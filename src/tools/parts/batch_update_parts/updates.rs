//! What a batch changes of parts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::batch::report::Failures;
use crate::tools::lifecycle::{Effect, Given, Locked, PartSteps, Warning, check_limit};
use crate::tools::shared::{Change, MAX_NOTES, notes_too_long};

/// What is to be different, the same for all parts.
pub(in crate::tools) struct PartUpdates<'a> {
    pub(in crate::tools) status: Option<JobStatus>,
    pub(in crate::tools) is_bullet_card: Option<bool>,
    /// A paragraph for the notes.
    pub(in crate::tools) notes: Option<&'a str>,
    /// The cell; the inner none for no cell.
    pub(in crate::tools) cell: Option<Option<Uuid>>,
}

/// A part that was changed.
// In alphabetical order, in which answers show it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct UpdatedPart {
    /// What is different now, and only that.
    changes: PartChanges,
    id: Uuid,
    job_number: String,
    /// Whether a paragraph was added to its notes.
    notes_added: bool,
    part_number: String,
    /// What force overrode, what was ended with it, and what is left undone.
    warnings: Vec<Warning>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PartChanges {
    #[serde(skip_serializing_if = "Option::is_none")]
    current_cell_id: Option<Change<Option<Uuid>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_bullet_card: Option<Change<bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<JobStatus>>,
}

/// A locked part as it is.
#[derive(Clone, Deserialize)]
struct Present {
    id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    status: JobStatus,
    is_bullet_card: bool,
    current_cell_id: Option<Uuid>,
    notes_chars: usize,
}

/// Parts that can be changed as wanted. Nothing is written yet.
pub(in crate::tools) struct Plan<'a> {
    updates: &'a PartUpdates<'a>,
    before: BTreeMap<Uuid, Present>,
    steps: Option<PartSteps<'a>>,
    warnings: BTreeMap<Uuid, Vec<Warning>>,
}

/// What was done.
pub(in crate::tools) struct Done {
    pub(in crate::tools) parts: Vec<UpdatedPart>,
    pub(in crate::tools) jobs: Vec<Effect>,
    pub(in crate::tools) completed_operations: usize,
    pub(in crate::tools) warnings: Vec<Warning>,
}

fn read(call: &Call, ids: &[Uuid]) -> Vec<Present> {
    let args = sql_args![uuid(call.tenant), ids];
    query::write(include_str!("present.sql"), args, |rows| rows.first().get_one::<String>())
        .map(|text| serde_json::from_str(&text).expect("the statement gives parts"))
        .unwrap_or_default()
}

impl<'a> PartUpdates<'a> {
    /// Refuses a cell that is not there or not in use.
    ///
    /// # Errors
    /// `not_found`, `invalid_state`.
    pub(in crate::tools) fn check_cell(&self, call: &Call) -> Result<(), ToolError> {
        let Some(Some(cell)) = self.cell else { return Ok(()) };
        let args = sql_args![uuid(call.tenant), uuid(cell)];
        let active = query::write(include_str!("cell.sql"), args, |rows| {
            if rows.is_empty() { Ok(None) } else { rows.first().get_one::<bool>() }
        });
        match active {
            Some(true) => Ok(()),
            Some(false) => Err(ToolError::new(ToolErrorCode::InvalidState, "the cell is not in use")
                .with("field", "updates.current_cell_id")),
            None => Err(ToolError::not_found("cell", &cell).with("field", "updates.current_cell_id")),
        }
    }

    /// Finds out which of the locked parts can be changed; the others go to `failures`.
    pub(in crate::tools) fn plan(
        &'a self,
        call: &Call,
        locked: Locked,
        ids: &[Uuid],
        given: &Given<'_>,
        failures: &mut Failures,
    ) -> Plan<'a> {
        let (mut before, mut warnings) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
        // A cell's limit counts jobs, so it is asked once for each.
        let mut limits = BTreeMap::new();
        for part in read(call, ids) {
            match self.check(call, &part, given.force, &mut limits) {
                Ok(warning) => {
                    warnings.insert(part.id, warning.into_iter().collect());
                    before.insert(part.id, part);
                }
                Err(error) => failures.push(part.id, error),
            }
        }
        let mut steps = None;
        if let Some(to) = self.status {
            let others: Vec<_> = before.values().filter(|part| part.status != to).map(|part| part.id).collect();
            let planned = PartSteps::plan(call, locked, &others, to, given, None);
            for (id, outcome) in &planned.outcomes {
                match outcome {
                    Ok(step) => warnings.entry(*id).or_default().extend(step.warnings.iter().cloned()),
                    Err(error) => {
                        before.remove(id);
                        failures.push(*id, error.clone());
                    }
                }
            }
            steps = Some(planned);
        }
        Plan { updates: self, before, steps, warnings }
    }

    fn check(
        &self,
        call: &Call,
        part: &Present,
        force: bool,
        limits: &mut BTreeMap<Uuid, Result<Option<Warning>, ToolError>>,
    ) -> Result<Option<Warning>, ToolError> {
        // Two line breaks stand between paragraphs.
        let notes = self.notes.map_or(0, |notes| notes.chars().count() + 2);
        if notes > 0 && part.notes_chars + notes > MAX_NOTES {
            return Err(notes_too_long());
        }
        match self.cell {
            Some(Some(cell)) if part.current_cell_id != Some(cell) => {
                if part.status == JobStatus::Completed {
                    return Err(ToolError::new(ToolErrorCode::InvalidState, "a completed part is at no cell")
                        .with("status", part.status.name()));
                }
                limits.entry(part.job_id).or_insert_with(|| check_limit(call, cell, part.job_id, force)).clone()
            }
            _ => Ok(None),
        }
    }
}

impl Plan<'_> {
    /// How many parts can be changed.
    pub(in crate::tools) fn parts(&self) -> usize {
        self.before.len()
    }

    /// Changes them.
    pub(in crate::tools) fn carry_out(&mut self, call: &Call) -> Done {
        let mut done = Done { parts: Vec::new(), jobs: Vec::new(), completed_operations: 0, warnings: Vec::new() };
        if let Some(steps) = &mut self.steps {
            done.warnings = steps.carry_out(call);
            done.jobs = steps.locked.changed_jobs();
            let stepped = steps.outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().ok());
            done.completed_operations = stepped.map(|step| step.completed_operations).sum();
        }
        let ids: Vec<_> = self.before.keys().copied().collect();
        let PartUpdates { is_bullet_card, notes, cell, .. } = *self.updates;
        let args = sql_args![uuid(call.tenant), &ids, is_bullet_card, notes, cell.is_some(), cell.flatten().map(uuid)];
        query::write(include_str!("update.sql"), args, |_| Ok(()));
        for after in read(call, &ids) {
            let before = &self.before[&after.id];
            let changes = PartChanges {
                status: Change::between(before.status, after.status),
                is_bullet_card: Change::between(before.is_bullet_card, after.is_bullet_card),
                current_cell_id: Change::between(before.current_cell_id, after.current_cell_id),
            };
            if json!(changes) == json!({}) && notes.is_none() {
                continue;
            }
            done.parts.push(UpdatedPart {
                id: after.id,
                part_number: after.part_number,
                job_number: after.job_number,
                changes,
                notes_added: notes.is_some(),
                warnings: self.warnings.remove(&after.id).unwrap_or_default(),
            });
        }
        done
    }
}

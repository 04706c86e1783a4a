//! What a batch changes of parts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::Call;
use crate::tools::batch::report::Failures;
use crate::tools::lifecycle::{Effect, Given, Locked, PartSteps, Warning, check_limit};
use crate::tools::parts::cell;
use crate::tools::shared::{Change, MAX_NOTES, notes_too_long};
use crate::{sql_args, statement};

/// What to change, the same for all parts.
pub(super) struct PartUpdates<'a> {
    pub(super) status: Option<JobStatus>,
    pub(super) is_bullet_card: Option<bool>,
    /// A paragraph for the notes.
    pub(super) notes: Option<&'a str>,
    /// The cell; the inner `None` means no cell.
    pub(super) cell: Option<Option<Uuid>>,
}

/// A part that was changed.
// In alphabetical order, in which answers show it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdatedPart {
    /// The fields that changed, each with its old and new value.
    changes: PartChanges,
    id: Uuid,
    job_number: String,
    /// Whether a paragraph was added to the part's notes.
    notes_added: bool,
    part_number: String,
    /// What force overrode, what was ended, and what remains unfinished.
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

impl PartChanges {
    const fn is_empty(&self) -> bool {
        matches!(self, Self { current_cell_id: None, is_bullet_card: None, status: None })
    }
}

/// A locked part before the change, or after it.
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

/// Parts that can be changed as requested. Nothing is written yet.
pub(super) struct PartsToChange<'a> {
    updates: &'a PartUpdates<'a>,
    before: BTreeMap<Uuid, Present>,
    steps: Option<PartSteps<'a>>,
    warnings: BTreeMap<Uuid, Vec<Warning>>,
}

/// What was done.
pub(super) struct Done {
    pub(super) parts: Vec<UpdatedPart>,
    pub(super) jobs: Vec<Effect>,
    pub(super) completed_operations: usize,
    pub(super) warnings: Vec<Warning>,
}

statement! {
    static PRESENT = include_str!("present.sql"); [Uuid, UuidArray];
    static UPDATE = include_str!("update.sql"); [Uuid, UuidArray, Bool, Text, Bool, Uuid];
}

fn read(call: &Call, ids: &[Uuid]) -> Vec<Present> {
    call.rows(&PRESENT, sql_args![ids])
}

impl<'a> PartUpdates<'a> {
    /// Refuses a cell that does not exist or is not active.
    ///
    /// # Errors
    /// `not_found`, `invalid_state`.
    pub(super) fn check_cell(&self, call: &Call) -> Result<(), ToolError> {
        match self.cell.flatten() {
            Some(cell) => cell::check_active(call, cell, "updates.current_cell_id"),
            None => Ok(()),
        }
    }

    /// Determines which of the locked parts can be changed; the others go to `failures`.
    pub(super) fn plan(
        &'a self,
        call: &Call,
        locked: Locked,
        ids: &[Uuid],
        given: &Given<'_>,
        failures: &mut Failures,
    ) -> PartsToChange<'a> {
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
        PartsToChange { updates: self, before, steps, warnings }
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
                    return Err(ToolError::new(ToolErrorCode::InvalidState, "a completed part cannot be at a cell")
                        .with("status", part.status.name()));
                }
                limits.entry(part.job_id).or_insert_with(|| check_limit(call, cell, part.job_id, force)).clone()
            }
            _ => Ok(None),
        }
    }
}

impl PartsToChange<'_> {
    /// How many parts can be changed.
    pub(super) fn parts(&self) -> usize {
        self.before.len()
    }

    /// Changes them.
    pub(super) fn carry_out(&mut self, call: &Call) -> Done {
        let mut done = Done { parts: Vec::new(), jobs: Vec::new(), completed_operations: 0, warnings: Vec::new() };
        if let Some(steps) = &mut self.steps {
            done.warnings = steps.carry_out(call);
            done.jobs = steps.locked.changed_jobs();
            let stepped = steps.outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().ok());
            done.completed_operations = stepped.map(|step| step.completed_operations).sum();
        }
        let ids: Vec<_> = self.before.keys().copied().collect();
        let PartUpdates { is_bullet_card, notes, cell, .. } = *self.updates;
        call.execute(&UPDATE, sql_args![&ids, is_bullet_card, notes, cell.is_some(), cell.flatten()]);
        for after in read(call, &ids) {
            let before = &self.before[&after.id];
            let changes = PartChanges {
                status: Change::between(before.status, after.status),
                is_bullet_card: Change::between(before.is_bullet_card, after.is_bullet_card),
                current_cell_id: Change::between(before.current_cell_id, after.current_cell_id),
            };
            if changes.is_empty() && notes.is_none() {
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

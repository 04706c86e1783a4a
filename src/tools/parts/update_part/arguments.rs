//! The arguments of `update_part`.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::ToolError;
use crate::run::values::present;
use crate::tools::lifecycle::fields::nothing_to_change;
use crate::tools::shared::{MAX_NOTES, given};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The part's id. Give either this or part_number.
    pub(super) id: Option<Uuid>,
    /// The part's number, instead of id.
    #[schemars(length(min = 1))]
    pub(super) part_number: Option<String>,
    /// The new state: in_progress (from not_started or on_hold; from completed, which reopens the part and its job and requires a reason),
    /// on_hold (from not_started or in_progress), not_started (from on_hold, if none of its operations was started) or completed (from
    /// in_progress). The job follows: it starts with its first part and is completed with its last.
    pub(super) status: Option<JobStatus>,
    /// Why the state changes; added to the notes as the last paragraph. Only allowed together with status.
    #[schemars(length(min = 1, max = 2000))]
    pub(super) reason: Option<String>,
    /// true: complete the part even if it has open operations or running time entries (the operations are completed with it, and the time
    /// entries are ended), or move it to a cell that is over its enforced WIP limit. A pending issue that stops an operation always
    /// prevents completion.
    #[serde(default)]
    pub(super) force: bool,
    /// The id of the cell where the part is now; null for none. The cell must be active.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) current_cell_id: Option<Option<Uuid>>,
    /// The cell's name, instead of current_cell_id.
    #[schemars(length(min = 1))]
    pub(super) cell_name: Option<String>,
    /// The drawing number; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub(super) drawing_no: Option<Option<String>>,
    /// The name of the CNC program; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub(super) cnc_program_name: Option<Option<String>>,
    /// Whether the part is a bullet card (top-priority work).
    pub(super) is_bullet_card: Option<bool>,
    /// Replaces the notes; null clears them.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    pub(super) notes: Option<Option<String>>,
    /// Adds a paragraph to the existing notes. Not allowed together with notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    pub(super) append_notes: Option<String>,
    /// Change the part only if it is in this state; otherwise the call fails with conflict and the current state.
    pub(super) expected_status: Option<JobStatus>,
    /// Change the part only if its updated_at still has this value; otherwise the call fails with conflict and the current value.
    pub(super) if_updated_at: Option<DateTime<FixedOffset>>,
}

impl Arguments {
    /// The fields to set, except state, cell and notes, by the names that the statement knows.
    pub(super) fn wanted(&self) -> Result<Map<String, Value>, ToolError> {
        let wanted = given([
            ("drawing_no", self.drawing_no.as_ref().map(|number| json!(number))),
            ("cnc_program_name", self.cnc_program_name.as_ref().map(|name| json!(name))),
            ("is_bullet_card", self.is_bullet_card.map(Value::from)),
        ]);
        let cell = self.current_cell_id.is_some() || self.cell_name.is_some();
        let notes = self.notes.is_some() || self.append_notes.is_some();
        if wanted.is_empty() && !cell && !notes && self.status.is_none() {
            return Err(nothing_to_change(
                "status, current_cell_id, cell_name, drawing_no, cnc_program_name, is_bullet_card, notes or append_notes",
            ));
        }
        if self.reason.is_some() && self.status.is_none() {
            return Err(ToolError::invalid("reason", "reason is only allowed together with status"));
        }
        Ok(wanted)
    }
}

//! What is done with the links of a resource to operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::run::tool::Call;
use crate::{sql_args, statement};

use super::resource::{AssignedResource, Candidate, ResourceName};

/// What is done with the links.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum Mode {
    #[default]
    Add,
    Replace,
    Remove,
}

/// An operation whose resources were changed.
// In alphabetical order, in which answers show it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct AssignedOperation {
    action: Action,
    id: Uuid,
    job_number: String,
    /// How much it needs now; null if it has none.
    new_quantity: Option<f64>,
    /// How much of the resource it needed before; null if it had none.
    old_quantity: Option<f64>,
    operation_name: String,
    part_number: String,
    /// The resources that this one replaced.
    replaced: Vec<ResourceName>,
    status: TaskStatus,
}

/// What was done with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    /// The link is new.
    Assigned,
    /// The link existed; its quantity or notes, or the other resources, changed.
    Updated,
    /// The link was removed.
    Removed,
}

statement! {
    /// Takes links of the operations `$2` away: to the others of the type of the resource `$3` if `$4`, else to that resource.
    static DELETE = include_str!("delete_links.sql"); [Uuid, UuidArray, Uuid, Bool];

    /// Writes quantity `$4` and notes `$5` of the links of the operations `$2` to the resource `$3`.
    static UPDATE = include_str!("update_links.sql"); [Uuid, UuidArray, Uuid, Float8, Text];

    /// Links the operations `$2` to the resource `$3`.
    static INSERT = include_str!("insert_links.sql"); [Uuid, UuidArray, Uuid, Float8, Text];
}

/// How the links are to be.
pub(super) struct WantedLinks<'a> {
    pub(super) mode: Mode,
    pub(super) quantity: Option<f64>,
    pub(super) notes: Option<&'a str>,
}

impl WantedLinks<'_> {
    /// What is to be done with an operation; nothing when it is as wanted. A link that is new is let in to those who have the resource.
    pub(super) fn action(&self, candidate: &Candidate) -> Option<Action> {
        let surplus = self.mode == Mode::Replace && !candidate.others.is_empty();
        match (self.mode, candidate.linked) {
            (Mode::Remove, linked) => linked.then_some(Action::Removed),
            (_, false) => Some(Action::Assigned),
            (_, true) => (surplus || !candidate.as_wanted).then_some(Action::Updated),
        }
    }

    /// How much of the resource an operation is to need.
    pub(super) fn quantity_of(&self, candidate: &Candidate) -> f64 {
        self.quantity.or(candidate.quantity).unwrap_or(1.0)
    }

    /// Whether an operation would need more of the resource than before, so that there must be enough.
    pub(super) fn needs_more(&self, candidate: &Candidate) -> bool {
        let before = if candidate.linked { candidate.quantity.unwrap_or(1.0) } else { 0.0 };
        self.mode != Mode::Remove && self.quantity_of(candidate) > before
    }

    /// Writes the links as `changed` tells them.
    pub(super) fn write(&self, call: &Call, resource: &AssignedResource, changed: &[AssignedOperation]) {
        let of = |action: Action| -> Vec<Uuid> {
            changed.iter().filter(|row| row.action == action).map(|row| row.id).collect()
        };
        let resource = resource.resource_id;
        if self.mode != Mode::Add {
            let all: Vec<_> = changed.iter().map(|row| row.id).collect();
            call.execute(&DELETE, sql_args![&all, resource, self.mode == Mode::Replace]);
        }
        call.execute(&UPDATE, sql_args![&of(Action::Updated), resource, self.quantity, self.notes]);
        call.execute(&INSERT, sql_args![&of(Action::Assigned), resource, self.quantity, self.notes]);
    }

    /// What the answer tells of a changed operation.
    pub(super) fn row(&self, candidate: Candidate, action: Action) -> AssignedOperation {
        let new_quantity = match action {
            Action::Removed => None,
            Action::Assigned | Action::Updated => Some(self.quantity_of(&candidate)),
        };
        AssignedOperation {
            id: candidate.id,
            operation_name: candidate.operation_name,
            part_number: candidate.part_number,
            job_number: candidate.job_number,
            status: candidate.status,
            action,
            old_quantity: candidate.quantity,
            new_quantity,
            replaced: if self.mode == Mode::Replace { candidate.others } else { Vec::new() },
        }
    }
}

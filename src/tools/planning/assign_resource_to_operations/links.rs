//! What is done with the links of a resource to operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::planning::assign_resource_to_operations::resource::{Candidate, Resource, ResourceName};

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
    /// How much it needs; null when it has none of it.
    new_quantity: Option<f64>,
    /// How much of the resource it needed before; null when it had none of it.
    old_quantity: Option<f64>,
    operation_name: String,
    part_number: String,
    /// The resources that were taken away for it.
    replaced: Vec<ResourceName>,
    status: TaskStatus,
}

/// What was done with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum Action {
    /// It is new.
    Assigned,
    /// It was there, and quantity, notes or the other resources are different.
    Updated,
    /// It is gone.
    Removed,
}

/// How the links are to be.
pub(in crate::tools) struct Wanted<'a> {
    pub(in crate::tools) mode: Mode,
    pub(in crate::tools) quantity: Option<f64>,
    pub(in crate::tools) notes: Option<&'a str>,
}

impl Wanted<'_> {
    /// What is to be done with an operation; nothing when it is as wanted. A link that is new is let in to those who have the resource.
    pub(in crate::tools) fn action(&self, candidate: &Candidate) -> Option<Action> {
        let surplus = self.mode == Mode::Replace && !candidate.others.is_empty();
        match (self.mode, candidate.linked) {
            (Mode::Remove, linked) => linked.then_some(Action::Removed),
            (_, false) => Some(Action::Assigned),
            (_, true) => (surplus || !candidate.as_wanted).then_some(Action::Updated),
        }
    }

    /// How much of the resource an operation is to need.
    pub(in crate::tools) fn quantity_of(&self, candidate: &Candidate) -> f64 {
        self.quantity.or(candidate.quantity).unwrap_or(1.0)
    }

    /// Whether an operation would need more of the resource than before, so that there must be enough.
    pub(in crate::tools) fn needs_more(&self, candidate: &Candidate) -> bool {
        let before = if candidate.linked { candidate.quantity.unwrap_or(1.0) } else { 0.0 };
        self.mode != Mode::Remove && self.quantity_of(candidate) > before
    }

    /// Writes the links as `changed` tells them.
    pub(in crate::tools) fn write(&self, call: &Call, resource: &Resource, changed: &[AssignedOperation]) {
        let of = |action: Action| {
            let rows = changed.iter().filter(move |row| row.action == action);
            rows.map(|row| row.id).collect::<Vec<_>>()
        };
        let all = changed.iter().map(|row| row.id).collect::<Vec<_>>();
        if self.mode != Mode::Add {
            let others = self.mode == Mode::Replace;
            let args = sql_args![uuid(call.tenant), &all, uuid(resource.resource_id), others];
            query::write(include_str!("delete_links.sql"), args, |_| Ok(()));
        }
        for (action, sql) in
            [(Action::Updated, include_str!("update_links.sql")), (Action::Assigned, include_str!("insert_links.sql"))]
        {
            let args = sql_args![uuid(call.tenant), &of(action), uuid(resource.resource_id), self.quantity, self.notes];
            query::write(sql, args, |_| Ok(()));
        }
    }

    /// What the answer tells of a changed operation.
    pub(in crate::tools) fn row(&self, candidate: Candidate, action: Action) -> AssignedOperation {
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

//! The resource that is assigned, and the operations that have it or are to have it.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Choice;
use crate::run::tool::Call;
use crate::tools::planning::resources::RESOURCE_RULES;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

/// The type of stock. Without a number in its metadata there is an unknown amount of it, not one piece.
const STOCK: &str = "material";

/// The resource that is assigned.
// In alphabetical order, in which answers show it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct AssignedResource {
    /// false: no longer in use.
    active: bool,
    pub(super) resource_id: Uuid,
    resource_name: String,
    resource_type: String,
    /// For example available, in_use, maintenance or retired.
    status: String,
    /// How many pieces there are, from its metadata; null if the metadata does not say. Then one piece is assumed, or, for material, enough.
    total_quantity: Option<f64>,
}

/// A locked operation, and how it is linked to the resource.
#[derive(Deserialize)]
pub(super) struct Candidate {
    pub(super) id: Uuid,
    pub(super) operation_name: String,
    pub(super) part_number: String,
    pub(super) job_number: String,
    pub(super) status: TaskStatus,
    pub(super) linked: bool,
    pub(super) quantity: Option<f64>,
    /// Whether quantity and notes are as wanted.
    pub(super) as_wanted: bool,
    /// The other resources of the same type that it has.
    pub(super) others: Vec<ResourceName>,
    pub(super) starts: Option<DateTime<FixedOffset>>,
    /// None: to no known end.
    pub(super) ends: Option<DateTime<FixedOffset>>,
}

/// A resource that was taken away.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct ResourceName {
    id: Uuid,
    name: String,
}

statement! {
    /// Locks the resource `$2`: [`AssignedResource`].
    static LOCK = include_str!("lock_resource.sql"); [Uuid, Uuid] => rules(&[RULES, RESOURCE_RULES]);

    /// The operations `$2` as [`Candidate`]s for the resource `$3`. `$4` and `$5` are the wanted quantity and notes; NULL means as they are.
    static CANDIDATES = include_str!("candidates.sql"); [Uuid, UuidArray, Uuid, Float8, Text] => rules(&[RULES, RESOURCE_RULES]);
}

impl AssignedResource {
    /// Locks a live resource, so that of two assignments at once the second sees the first. Operations are locked before.
    pub(super) fn lock(call: &Call, id: Uuid) -> Result<Self, ToolError> {
        let locked = call.optional_json(&LOCK, &Choice::none(), sql_args![id]);
        locked.map(Json::into_value).ok_or_else(|| ToolError::not_found("resource", &id))
    }

    /// Refuses a resource that is out of use, and, unless `force`, one that cannot be used at present.
    pub(super) fn check_usable(&self, force: bool) -> Result<(), ToolError> {
        const OTHERS: &str = "choose another one; check_resource_availability shows what is free";
        let refuse = |message: &str, hint: &str| {
            Err(ToolError::new(ToolErrorCode::InvalidState, message)
                .hint(hint)
                .with("status", self.status.as_str())
                .with("active", self.active))
        };
        match self.status.as_str() {
            "retired" => refuse("the resource is retired", OTHERS),
            _ if !self.active => refuse("the resource is not in use", OTHERS),
            "available" | "in_use" => Ok(()),
            _ if !force => refuse(
                "the resource cannot be used at present",
                "choose another one, or set force to true if it will be back in time",
            ),
            _ => Ok(()),
        }
    }

    /// The locked operations with these ids, the one that is planned first in front.
    pub(super) fn candidates(
        &self,
        call: &Call,
        ids: &[Uuid],
        quantity: Option<f64>,
        notes: Option<&str>,
    ) -> Vec<Candidate> {
        call.rows(&CANDIDATES, sql_args![ids, self.resource_id, quantity, notes])
    }

    /// How many pieces there are, and whether that is known or assumed.
    pub(super) fn pieces(&self) -> (f64, bool) {
        let assumed = if self.resource_type == STOCK { f64::INFINITY } else { 1.0 };
        (self.total_quantity.unwrap_or(assumed), self.total_quantity.is_some())
    }
}

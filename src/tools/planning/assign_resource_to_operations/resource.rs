//! Which operations a resource is linked to, and when they need it.

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::planning::resources::with_resources;

/// How many of the operations in the way an error lists.
const MAX_LISTED: usize = 10;

/// The type of stock. What is not said of it is how much there is, not that there is one piece.
const STOCK: &str = "material";

/// A resource.
// In alphabetical order, in which answers show it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Resource {
    /// false: no longer in use.
    active: bool,
    pub(in crate::tools) resource_id: Uuid,
    resource_name: String,
    resource_type: String,
    /// Such as available, in_use, maintenance or retired.
    status: String,
    /// How many pieces there are, as its metadata says; null: it says nothing, and one piece is taken, or enough of a material.
    total_quantity: Option<f64>,
}

/// A locked operation, and how it is linked to the resource.
#[derive(Deserialize)]
pub(in crate::tools) struct Candidate {
    pub(in crate::tools) id: Uuid,
    pub(in crate::tools) operation_name: String,
    pub(in crate::tools) part_number: String,
    pub(in crate::tools) job_number: String,
    pub(in crate::tools) status: TaskStatus,
    pub(in crate::tools) linked: bool,
    pub(in crate::tools) quantity: Option<f64>,
    /// Whether quantity and notes are as wanted.
    pub(in crate::tools) as_wanted: bool,
    /// The other resources of the same type that it has.
    pub(in crate::tools) others: Vec<ResourceName>,
    starts: Option<DateTime<FixedOffset>>,
    /// None: to no known end.
    ends: Option<DateTime<FixedOffset>>,
}

/// A resource in short.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct ResourceName {
    id: Uuid,
    name: String,
}

/// Two operations that need the resource at the same time, of which there is not enough for both.
// In alphabetical order, in which answers show it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Overlap {
    /// The operation that the resource was assigned to.
    operation_id: Uuid,
    /// The other one.
    other_operation_id: Uuid,
    other_operation_name: String,
    /// null: both run, and nobody planned until when.
    overlap_end: Option<DateTime<FixedOffset>>,
    overlap_start: DateTime<FixedOffset>,
}

/// When an operation needs the resource.
#[derive(Clone, Deserialize)]
pub(in crate::tools) struct Window {
    id: Uuid,
    operation_name: String,
    /// How many pieces of it.
    quantity: f64,
    starts: DateTime<FixedOffset>,
    ends: Option<DateTime<FixedOffset>>,
}

impl Resource {
    /// Locks a live resource, so that of two assignments at once the second sees the first. Operations are locked before.
    pub(in crate::tools) fn lock(call: &Call, id: Uuid) -> Result<Self, ToolError> {
        static LOCK: LazyLock<String> = LazyLock::new(|| with_resources(include_str!("lock_resource.sql")));
        let text = query::write(&LOCK, sql_args![uuid(call.tenant), uuid(id)], |rows| {
            if rows.is_empty() { Ok(None) } else { rows.first().get_one::<String>() }
        });
        text.map(|text| serde_json::from_str(&text).expect("the statement gives a resource"))
            .ok_or_else(|| ToolError::not_found("resource", &id))
    }

    /// Whether work can be given to it. One that is out of use never; one that cannot be used at the moment only by force.
    pub(in crate::tools) fn check_usable(&self, force: bool) -> Result<(), ToolError> {
        let refuse = |message: &str, hint: &str| {
            Err(ToolError::new(ToolErrorCode::InvalidState, message)
                .hint(hint)
                .with("status", self.status.as_str())
                .with("active", self.active))
        };
        match self.status.as_str() {
            "retired" => refuse("the resource is retired", "choose another one: check_resource_availability"),
            _ if !self.active => {
                refuse("the resource is not in use", "choose another one: check_resource_availability")
            }
            "available" | "in_use" => Ok(()),
            _ if !force => refuse(
                "the resource cannot be used at the moment",
                "choose another one, or call again with force: true if it will be back in time",
            ),
            _ => Ok(()),
        }
    }

    /// The locked operations with these ids, the one that is planned first in front.
    pub(in crate::tools) fn candidates(
        &self,
        call: &Call,
        ids: &[Uuid],
        quantity: Option<f64>,
        notes: Option<&str>,
    ) -> Vec<Candidate> {
        static CANDIDATES: LazyLock<String> = LazyLock::new(|| with_resources(include_str!("candidates.sql")));
        let args = sql_args![uuid(call.tenant), ids, uuid(self.resource_id), quantity, notes];
        query::write(&CANDIDATES, args, |rows| rows.first().get_one::<String>())
            .map(|text| serde_json::from_str(&text).expect("the statement gives candidates"))
            .unwrap_or_default()
    }

    /// When other operations, which are open and not among `ids`, need it.
    pub(in crate::tools) fn taken(&self, call: &Call, ids: &[Uuid]) -> Taken {
        static TAKEN: LazyLock<String> = LazyLock::new(|| with_resources(include_str!("taken.sql")));
        let windows = query::write(&TAKEN, sql_args![uuid(call.tenant), ids, uuid(self.resource_id)], |rows| {
            rows.first().get_one::<String>()
        })
        .map(|text| serde_json::from_str(&text).expect("the statement gives windows"))
        .unwrap_or_default();
        let assumed = if self.resource_type == STOCK { f64::INFINITY } else { 1.0 };
        Taken { windows, total: self.total_quantity.unwrap_or(assumed), known: self.total_quantity.is_some() }
    }
}

/// When a resource is taken already. Whoever is let in takes it, too.
pub(in crate::tools) struct Taken {
    windows: Vec<Window>,
    /// How many pieces there are.
    total: f64,
    /// Whether that is known. Where it is not, one operation may need more than one piece.
    known: bool,
}

impl Taken {
    /// The operation has this much of the resource already.
    pub(in crate::tools) fn add(&mut self, candidate: &Candidate, quantity: f64) {
        self.windows.extend(candidate.window(quantity));
    }

    /// Lets an operation in. Gives whom it then meets where there is not enough for all: like check_resource_availability, it adds up what
    /// all need that it meets, also one after the other.
    ///
    /// # Errors
    /// `conflict` when there is not enough, unless `force`.
    pub(in crate::tools) fn let_in(
        &mut self,
        candidate: &Candidate,
        quantity: f64,
        force: bool,
    ) -> Result<Vec<Overlap>, ToolError> {
        let window = candidate.window(quantity);
        let met = window.iter().flat_map(|window| self.windows.iter().filter(|other| window.meets(other)));
        let needed = met.clone().map(|other| other.quantity).sum::<f64>() + quantity;
        // Quantities have two decimals.
        let enough = needed < self.total + 0.005;
        let overlaps: Vec<_> = match &window {
            Some(window) if !enough => met.map(|other| window.overlap(other)).collect(),
            _ => Vec::new(),
        };
        let too_few = self.known && !enough;
        if (too_few || !overlaps.is_empty()) && !force {
            let others = overlaps.iter().take(MAX_LISTED).map(|overlap| serde_json::json!(overlap));
            let message = match overlaps.len() {
                0 => "there are fewer pieces of the resource",
                _ => "other operations need the resource at the same time",
            };
            return Err(ToolError::new(ToolErrorCode::Conflict, message)
                .hint("reschedule one of them, choose another resource, or call again with force: true")
                .with("needed_quantity", needed)
                .with("total_quantity", self.total)
                .with("overlaps", overlaps.len())
                .with("conflicts", others.collect::<Vec<_>>()));
        }
        self.windows.extend(window);
        Ok(overlaps)
    }
}

impl Candidate {
    /// When it needs the resource; none when nobody knows.
    fn window(&self, quantity: f64) -> Option<Window> {
        let Self { id, operation_name, starts, ends, .. } = self;
        let (id, operation_name) = (*id, operation_name.clone());
        starts.map(|starts| Window { id, operation_name, quantity, starts, ends: *ends })
    }
}

impl Window {
    fn meets(&self, other: &Self) -> bool {
        let before = |one: &Self, other: &Self| other.ends.is_none_or(|ends| one.starts < ends);
        before(self, other) && before(other, self)
    }

    fn overlap(&self, other: &Self) -> Overlap {
        Overlap {
            operation_id: self.id,
            other_operation_id: other.id,
            other_operation_name: other.operation_name.clone(),
            overlap_start: self.starts.max(other.starts),
            overlap_end: self.ends.into_iter().chain(other.ends).min(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(number: u128, hours: Option<(u32, Option<u32>)>) -> Candidate {
        let at = |hour: u32| format!("2031-07-01T{hour:02}:00:00Z").parse().expect("an instant");
        Candidate {
            id: Uuid::from_u128(number),
            operation_name: "Welding".to_owned(),
            part_number: String::new(),
            job_number: String::new(),
            status: TaskStatus::NotStarted,
            linked: false,
            quantity: None,
            as_wanted: false,
            others: Vec::new(),
            starts: hours.map(|(from, _)| at(from)),
            ends: hours.and_then(|(_, to)| to).map(at),
        }
    }

    /// Whom an operation meets that is let in.
    fn met(taken: &mut Taken, candidate: &Candidate, quantity: f64, force: bool) -> Result<Vec<u128>, ToolErrorCode> {
        let overlaps = taken.let_in(candidate, quantity, force).map_err(|error| error.code)?;
        Ok(overlaps.iter().map(|overlap| overlap.other_operation_id.as_u128()).collect())
    }

    #[test]
    fn who_comes_first_takes_the_resource_and_one_that_was_refused_does_not() {
        let mut taken = Taken { windows: Vec::new(), total: 1.0, known: false };
        let mut one = |number, hours, force| met(&mut taken, &candidate(number, hours), 1.0, force);
        assert_eq!(one(1, Some((8, Some(10))), false), Ok(vec![]));
        assert_eq!(one(2, Some((9, Some(12))), false), Err(ToolErrorCode::Conflict));
        // Only the one that was refused was in its way; the end of one may be the start of the next.
        assert_eq!(one(3, Some((10, Some(11))), false), Ok(vec![]));
        assert_eq!(one(4, None, false), Ok(vec![]));
        assert_eq!(one(5, Some((9, Some(11))), true), Ok(vec![1, 3]));
        assert_eq!(one(6, Some((20, None)), false), Ok(vec![]));
        assert_eq!(one(7, Some((22, Some(23))), false), Err(ToolErrorCode::Conflict));
    }

    #[test]
    fn as_many_fit_as_there_are_pieces() {
        let mut taken = Taken { windows: Vec::new(), total: 3.0, known: true };
        let all_day = Some((8, Some(10)));
        assert_eq!(met(&mut taken, &candidate(1, all_day), 2.1, false), Ok(vec![]));
        assert_eq!(met(&mut taken, &candidate(2, all_day), 0.9, false), Ok(vec![]));
        assert_eq!(met(&mut taken, &candidate(3, all_day), 0.01, false), Err(ToolErrorCode::Conflict));
        assert_eq!(met(&mut taken, &candidate(4, None), 3.01, false), Err(ToolErrorCode::Conflict));
        let mut one = Taken { windows: Vec::new(), total: 1.0, known: false };
        assert_eq!(met(&mut one, &candidate(1, all_day), 2.0, false), Ok(vec![]));
        let mut unlimited = Taken { windows: Vec::new(), total: f64::INFINITY, known: false };
        for number in [1, 2] {
            assert_eq!(met(&mut unlimited, &candidate(number, all_day), 1000.0, false), Ok(vec![]));
        }
    }
}

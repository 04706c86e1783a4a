//! When a resource is taken, and who meets whom.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::resource::{AssignedResource, Candidate};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::Call;
use crate::tools::planning::resources::RESOURCE_RULES;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

/// How many of the operations in the way an error lists.
const MAX_LISTED: usize = 10;

/// Two operations that need the resource at the same time, when there is not enough of it for both.
// In alphabetical order, in which answers show it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Overlap {
    /// The operation that the resource was assigned to.
    operation_id: Uuid,
    /// The other one.
    other_operation_id: Uuid,
    other_operation_name: String,
    /// null if both are in progress and neither has a planned end.
    overlap_end: Option<DateTime<FixedOffset>>,
    overlap_start: DateTime<FixedOffset>,
}

statement! {
    /// When open operations other than `$2` need the resource `$3`: [`Need`]s.
    static TAKEN = include_str!("taken.sql"); [Uuid, UuidArray, Uuid] => rules(&[RULES, RESOURCE_RULES]);
}

/// When an operation needs the resource.
#[derive(Clone, Deserialize)]
pub(super) struct Need {
    id: Uuid,
    operation_name: String,
    /// How many pieces of it.
    quantity: f64,
    starts: DateTime<FixedOffset>,
    ends: Option<DateTime<FixedOffset>>,
}

/// When a resource is already taken. An operation that is let in takes it, too.
pub(super) struct Taken {
    needs: Vec<Need>,
    /// How many pieces there are.
    total: f64,
    /// Whether that is known. Where it is not, one operation may need more than one piece.
    known: bool,
}

impl Taken {
    /// What other open operations, which are not among `ids`, need.
    pub(super) fn by_others(call: &Call, resource: &AssignedResource, ids: &[Uuid]) -> Self {
        let (total, known) = resource.pieces();
        Self { needs: call.rows(&TAKEN, sql_args![ids, resource.resource_id]), total, known }
    }

    /// The operation has this much of the resource already.
    pub(super) fn add(&mut self, candidate: &Candidate, quantity: f64) {
        self.needs.extend(candidate.need(quantity));
    }

    /// Lets an operation in. Gives the operations that it then meets if there is not enough for all. Like check_resource_availability, it
    /// adds up what all of them need, even one after the other.
    ///
    /// # Errors
    /// `conflict` when there is not enough, unless `force`.
    pub(super) fn let_in(
        &mut self,
        candidate: &Candidate,
        quantity: f64,
        force: bool,
    ) -> Result<Vec<Overlap>, ToolError> {
        let need = candidate.need(quantity);
        let met = need.iter().flat_map(|need| self.needs.iter().filter(|other| need.meets(other)));
        let needed = met.clone().map(|other| other.quantity).sum::<f64>() + quantity;
        // Quantities have two decimals.
        let enough = needed < self.total + 0.005;
        let overlaps: Vec<_> = match &need {
            Some(need) if !enough => met.map(|other| need.overlap(other)).collect(),
            _ => Vec::new(),
        };
        let too_few = self.known && !enough;
        if (too_few || !overlaps.is_empty()) && !force {
            let others = overlaps.iter().take(MAX_LISTED).map(|overlap| serde_json::json!(overlap));
            let message = match overlaps.len() {
                0 => "there are not enough pieces of the resource",
                _ => "other operations need the resource at the same time",
            };
            return Err(ToolError::new(ToolErrorCode::Conflict, message)
                .hint("reschedule one of them, choose another resource, or set force to true")
                .with("needed_quantity", needed)
                .with("total_quantity", self.total)
                .with("overlaps", overlaps.len())
                .with("conflicts", others.collect::<Vec<_>>()));
        }
        self.needs.extend(need);
        Ok(overlaps)
    }
}

impl Candidate {
    /// When it needs the resource; none when that is unknown.
    fn need(&self, quantity: f64) -> Option<Need> {
        let Self { id, operation_name, starts, ends, .. } = self;
        let (id, operation_name) = (*id, operation_name.clone());
        starts.map(|starts| Need { id, operation_name, quantity, starts, ends: *ends })
    }
}

impl Need {
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
    use crate::core::states::TaskStatus;

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
        let mut taken = Taken { needs: Vec::new(), total: 1.0, known: false };
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
        let mut taken = Taken { needs: Vec::new(), total: 3.0, known: true };
        let all_day = Some((8, Some(10)));
        assert_eq!(met(&mut taken, &candidate(1, all_day), 2.1, false), Ok(vec![]));
        assert_eq!(met(&mut taken, &candidate(2, all_day), 0.9, false), Ok(vec![]));
        assert_eq!(met(&mut taken, &candidate(3, all_day), 0.01, false), Err(ToolErrorCode::Conflict));
        assert_eq!(met(&mut taken, &candidate(4, None), 3.01, false), Err(ToolErrorCode::Conflict));
        let mut one = Taken { needs: Vec::new(), total: 1.0, known: false };
        assert_eq!(met(&mut one, &candidate(1, all_day), 2.0, false), Ok(vec![]));
        let mut unlimited = Taken { needs: Vec::new(), total: f64::INFINITY, known: false };
        for number in [1, 2] {
            assert_eq!(met(&mut unlimited, &candidate(number, all_day), 1000.0, false), Ok(vec![]));
        }
    }
}

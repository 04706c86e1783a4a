//! Parts that a batch changes.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::scope::check_present;
use super::selection::{self, Kind, Selection, filters, kind};
use crate::core::states::JobStatus;
use crate::error::ToolError;
use crate::names::MAX_CHANGED_ROWS;
use crate::pg::args::Type;
use crate::pg::statement::{Fill, Group, Part, Rules};
use crate::run::texts::Wording;
use crate::run::tool::Call;
use crate::run::values::Moment;
use crate::tools::lifecycle::Locked;
use crate::tools::shared::{RULES, find};
use crate::{instant, is_text, statement};

/// The parts to change: those that meet all criteria given.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct PartScope {
    /// Only parts of the job with this id.
    job_id: Option<Uuid>,
    /// The job's number, instead of job_id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only the parts with these ids. An empty list selects nothing.
    #[schemars(length(max = MAX_CHANGED_ROWS))]
    part_ids: Option<Vec<Uuid>>,
    /// Only parts of this customer's jobs: the full name, regardless of case and accents.
    customer: Option<Wording>,
}

/// Parts of the scope to leave unchanged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct PartFilter {
    /// Only parts in this state.
    status: Option<JobStatus>,
    /// Leave completed parts unchanged, even those listed by id (default true).
    exclude_completed: bool,
    /// Only parts whose job has its effective due date before this moment (a date alone means the start of that day in the factory's time
    /// zone). Parts without a due date are left unchanged.
    due_before: Option<Moment>,
}

impl Default for PartFilter {
    fn default() -> Self {
        Self { status: None, exclude_completed: true, due_before: None }
    }
}

const CRITERIA: &[Part] = &[
    Part::filter("job", "p.job_id = {{value}}", Type::Uuid),
    Part::filter("customer", is_text!("j.customer"), Type::Text),
];

filters! {
    FILTERS, REASONS on "p.status",
    "due_before" of Text leaves "due_later": concat!("{{due}} < ", instant!("{{value}}"))
}

kind! { PARTS: "part", "p.id" of "{{live_parts}}", Locked::parts, CRITERIA, FILTERS, REASONS }

impl PartScope {
    /// The parts of one job.
    pub(in crate::tools) fn of_job(id: Uuid) -> Self {
        Self { job_id: Some(id), ..Self::default() }
    }

    /// The selection; none when no criterion is given, or an empty list of ids.
    pub(in crate::tools) fn select<'a>(
        &'a self,
        filter: &'a PartFilter,
        call: &Call,
    ) -> Result<Option<Selection<'a>>, ToolError> {
        let job = find::optional(call, &find::JOB, "job_id", self.job_id, self.job_number.as_deref())?;
        check_present(call, job, None, None)?;
        let mut selection = Selection::new(&PARTS);
        selection.only("job", job);
        selection.only("customer", self.customer.as_ref().map(Wording::folded));
        let filters = selection.filters();
        filters.when("not_completed", filter.exclude_completed);
        filters.one(filter.status.map(JobStatus::name));
        filters.value("due_before", filter.due_before.as_ref().map(Moment::text));
        Ok(selection.of(self.part_ids.as_deref()))
    }
}

//! What agents do to many rows at once, and what they look up to plan it.

mod check_resource_availability;
mod fetch_parts_by_customer;
mod gaps;
mod get_cell_capacity;
mod get_job_overview;
mod get_parts_due_soon;
mod load;
mod similar;
mod suggest_reschedule;

use crate::run::tool::Tool;

/// The tools of this domain.
pub(super) const TOOLS: &[Tool] = &[
    Tool::of::<fetch_parts_by_customer::FetchPartsByCustomer>(),
    Tool::of::<get_job_overview::GetJobOverview>(),
    Tool::of::<get_parts_due_soon::GetPartsDueSoon>(),
    Tool::of::<check_resource_availability::CheckResourceAvailability>(),
    Tool::of::<get_cell_capacity::GetCellCapacity>(),
    Tool::of::<suggest_reschedule::SuggestReschedule>(),
];

//! What agents do to many rows at once, and what they look up to plan it.

mod assign_resource_to_operations;
mod batch_complete_operations;
mod batch_reschedule_operations;
mod batch_update_parts;
mod check_resource_availability;
mod fetch_parts_by_customer;
mod gaps;
mod get_cell_capacity;
mod get_job_overview;
mod get_parts_due_soon;
mod load;
mod prioritize_job;
#[cfg(any(test, feature = "pg_test"))]
mod probe;
mod report;
mod resources;
mod scope;
mod selection;
mod similar;
mod suggest_reschedule;

use crate::run::tool::Tool;

/// The tools of this domain, in the order of the catalogue.
pub(super) const TOOLS: &[Tool] = &[
    Tool::of::<batch_update_parts::BatchUpdateParts>(),
    Tool::of::<batch_reschedule_operations::BatchRescheduleOperations>(),
    Tool::of::<prioritize_job::PrioritizeJob>(),
    Tool::of::<fetch_parts_by_customer::FetchPartsByCustomer>(),
    Tool::of::<batch_complete_operations::BatchCompleteOperations>(),
    Tool::of::<get_job_overview::GetJobOverview>(),
    Tool::of::<check_resource_availability::CheckResourceAvailability>(),
    Tool::of::<assign_resource_to_operations::AssignResourceToOperations>(),
    Tool::of::<get_cell_capacity::GetCellCapacity>(),
    Tool::of::<get_parts_due_soon::GetPartsDueSoon>(),
    Tool::of::<suggest_reschedule::SuggestReschedule>(),
];

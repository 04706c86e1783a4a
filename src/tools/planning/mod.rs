//! What agents do to many rows at once, and what they look up to plan it.

pub(in crate::tools) mod assign_resource_to_operations;
pub(in crate::tools) mod batch_reschedule_operations;
pub(in crate::tools) mod check_resource_availability;
pub(in crate::tools) mod get_cell_capacity;
pub(in crate::tools) mod load;
pub(in crate::tools) mod resources;
pub(in crate::tools) mod suggest_reschedule;
pub(in crate::tools) mod waiting;

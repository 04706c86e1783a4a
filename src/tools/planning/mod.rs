//! Planning: what cells and resources have room for, and new dates for operations. Other domains show what its rules say of waiting work.

pub(in crate::tools) mod assign_resource_to_operations;
pub(in crate::tools) mod batch_reschedule_operations;
pub(in crate::tools) mod check_resource_availability;
pub(in crate::tools) mod get_cell_capacity;
mod load;
mod resources;
pub(in crate::tools) mod suggest_reschedule;
pub(in crate::tools) mod waiting;

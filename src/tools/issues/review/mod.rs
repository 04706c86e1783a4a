//! An issue's way through its states: what it needs, what it locks, and what follows for the operation and the scrap.

pub(in crate::tools) mod change;
pub(in crate::tools) mod lock;
pub(in crate::tools) mod needs;
pub(in crate::tools) mod notes;
pub(in crate::tools) mod scrap;
#[cfg(any(test, feature = "pg_test"))]
pub(in crate::tools) mod tests;

//! An issue's way through its states: what it needs, what it locks, and what follows for the operation and the scrap.

pub(super) mod lock;
pub(super) mod needs;
pub(super) mod notes;
pub(super) mod scrap;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

//! The transaction around a call: what happens when it ends.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pgrx::{PgXactCallbackEvent, pg_sys, register_xact_callback};

use super::session::caller_is_operator;
use super::settings;

/// Runs `body` if the transaction is rolled back. It must not raise, and cannot use the database.
pub fn if_rolled_back(body: impl FnOnce() + UnwindSafe + RefUnwindSafe + 'static) {
    register_xact_callback(PgXactCallbackEvent::Abort, body);
}

/// Lets the commit of this transaction return before it is on disk (`synchronous_commit = off`). For a transaction that only counts
/// something: it is a single statement of a caller who cannot write anything else. A crash may lose the count, never the consistency.
pub fn commit_lazily() {
    // SAFETY: a plain read of the backend's own state.
    if unsafe { pg_sys::IsTransactionBlock() } || caller_is_operator() {
        return;
    }
    settings::set_for_transaction(c"synchronous_commit", c"off");
}

/// What is done once in each transaction.
#[derive(Debug, Default)]
pub struct Once(Cell<Option<pg_sys::TimestampTz>>);

impl Once {
    /// Not done yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Cell::new(None))
    }

    /// Whether this was already asked in this transaction.
    pub fn again(&self) -> bool {
        // SAFETY: a plain read of the backend's own state.
        let started = unsafe { pg_sys::GetCurrentTransactionStartTimestamp() };
        self.0.replace(Some(started)) == Some(started)
    }
}

/// Makes the commit wait for the disk, whatever [`commit_lazily`] or the session says: the holder of a login may set `synchronous_commit`, and
/// an answered call must not be lost in a crash.
pub fn commit_durably() {
    // SAFETY: a flag of the current transaction, which its end clears.
    unsafe { pg_sys::ForceSyncCommit() }
}

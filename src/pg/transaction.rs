//! The transaction around a call: what happens when it ends.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pgrx::{PgXactCallbackEvent, pg_sys, register_xact_callback};

use super::session::caller_is_operator;
use super::settings;

thread_local! {
    /// The start of the last transaction block for which [`again_in_block`] was asked.
    static ASKED: Cell<Option<pg_sys::TimestampTz>> = const { Cell::new(None) };
}

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

/// Whether this was already asked in this transaction block; `false` outside of one.
pub fn again_in_block() -> bool {
    // SAFETY: plain reads of the backend's own state.
    let (in_block, started) = unsafe { (pg_sys::IsTransactionBlock(), pg_sys::GetCurrentTransactionStartTimestamp()) };
    in_block && ASKED.replace(Some(started)) == Some(started)
}

/// Makes the commit wait for the disk, whatever [`commit_lazily`] or the session says: the holder of a login may set `synchronous_commit`, and
/// an answered call must not be lost in a crash.
pub fn commit_durably() {
    // SAFETY: a flag of the current transaction, which its end clears.
    unsafe { pg_sys::ForceSyncCommit() }
}

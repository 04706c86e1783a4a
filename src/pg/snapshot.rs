//! What a statement sees.

use pgrx::pg_sys;

/// Runs `body` so that statements that only read see what this transaction has written up to now. Otherwise they keep to the snapshot of the
/// outer statement, which began before.
pub fn renewed<T>(body: impl FnOnce() -> T) -> T {
    // SAFETY: what SPI does before each statement of a volatile function. If an ERROR passes through, the abort of the (sub)transaction
    // around it pops the snapshot.
    unsafe {
        pg_sys::CommandCounterIncrement();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
    }
    let outcome = body();
    // SAFETY: the snapshot that was pushed above is the active one again: subtransactions inside `body` have popped theirs.
    unsafe { pg_sys::PopActiveSnapshot() }
    outcome
}

//! How long a transaction of a guarded session lasts.
//!
//! A transaction keeps PostgreSQL from removing old versions of rows, of all tables: beside one that never ended, a flood of heartbeats or
//! refused calls would fill the disk. The login's own limits end a statement that runs and a transaction block that is idle, but not a block
//! that is kept alive by short statements, a message that is not followed by `Sync`, or a client that does not read its answer.

use std::cell::Cell;

use pgrx::{pg_guard, pg_sys};

use super::settings;
use crate::pg::timers::Timer;

thread_local! {
    static TIMER: Cell<Option<Timer>> = const { Cell::new(None) };
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// Hears of the end of each transaction.
pub(super) fn init() {
    // SAFETY: the library is being loaded; the function has the expected type.
    unsafe { pg_sys::RegisterXactCallback(Some(ends), std::ptr::null_mut()) }
}

/// Starts the timer at the first statement of a transaction. When it expires, the session ends.
pub(super) fn begin() {
    if RUNS.get() {
        return;
    }
    if let Some(limit) = settings::longest_transaction() {
        let timer = TIMER.get().unwrap_or_else(Timer::new);
        TIMER.set(Some(timer));
        timer.start(limit);
        RUNS.set(true);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn ends(event: pg_sys::XactEvent::Type, _arg: *mut std::ffi::c_void) {
    use pg_sys::XactEvent as Event;
    if matches!(event, Event::XACT_EVENT_COMMIT | Event::XACT_EVENT_ABORT | Event::XACT_EVENT_PREPARE)
        && RUNS.replace(false)
        && let Some(timer) = TIMER.get()
    {
        timer.stop();
    }
}

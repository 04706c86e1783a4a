//! PostgreSQL's timers, which pgrx does not bind (`utils/timeout.h`).

use std::ffi::{c_int, c_uint};

use pgrx::pg_sys;

/// The same number in all supported versions.
const STATEMENT_TIMEOUT: c_uint = 3;
/// Any number between the first one that libraries may use and the last; PostgreSQL then chooses a free one.
const ANY_FREE: c_uint = 20;

unsafe extern "C-unwind" {
    fn RegisterTimeout(id: c_uint, handler: unsafe extern "C-unwind" fn()) -> c_uint;
    fn enable_timeout_after(id: c_uint, delay_ms: c_int);
    fn disable_timeout(id: c_uint, keep_indicator: bool);
    fn get_timeout_active(id: c_uint) -> bool;
    /// What SIGTERM does: it only sets flags.
    fn die(signal: c_int);
}

/// A timer that ends the session.
#[derive(Clone, Copy)]
pub(super) struct Timer(c_uint);

impl Timer {
    /// Of a backend, once.
    pub(super) fn new() -> Self {
        // SAFETY: a backend has initialised its timers before it runs the first statement.
        Self(unsafe { RegisterTimeout(ANY_FREE, expired) })
    }

    pub(super) fn start(self, delay_ms: c_int) {
        // SAFETY: the timer was registered.
        unsafe { enable_timeout_after(self.0, delay_ms) }
    }

    pub(super) fn stop(self) {
        // SAFETY: the timer was registered.
        unsafe { disable_timeout(self.0, false) }
    }
}

/// Runs in a signal handler.
unsafe extern "C-unwind" fn expired() {
    const SIGTERM: c_int = 15;
    // SAFETY: itself a signal handler. The session ends at the next point where it may be interrupted, also while it waits for its client.
    unsafe { die(SIGTERM) }
}

/// Whether `statement_timeout` has passed while this statement ran, provided that it was set when the statement began. A query that was just
/// interrupted then had exceeded it; otherwise it was cancelled.
///
/// PostgreSQL uses the same SQLSTATE for both and distinguishes them only in a translated message.
#[must_use]
pub fn statement_timeout_passed() -> bool {
    // SAFETY: plain reads. The timer is active from the statement's first message to its end.
    unsafe { pg_sys::StatementTimeout > 0 && !get_timeout_active(STATEMENT_TIMEOUT) }
}

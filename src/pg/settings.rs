//! Temporary settings, which work like a function's `SET` clause.

use std::ffi::{CStr, CString};

use pgrx::pg_sys;

/// Settings that apply until [`leave`](Self::leave). If the (sub)transaction is rolled back first, PostgreSQL undoes them itself.
pub(super) struct Settings {
    nest_level: i32,
}

impl Settings {
    /// Sets each setting to its value.
    pub(super) fn enter(settings: &[(&CStr, &CStr)]) -> Self {
        // SAFETY: what fmgr does before it applies a function's SET clauses.
        let nest_level = unsafe { pg_sys::NewGUCNestLevel() };
        for (name, value) in settings {
            Self::set(name, value);
        }
        Self { nest_level }
    }

    /// Sets a setting at the level that was opened last, for which it has not been set yet.
    pub(super) fn set(name: &CStr, value: &CStr) {
        set(name, value, pg_sys::GucAction::GUC_ACTION_SAVE);
    }

    /// Sets a setting again at the level that was opened last.
    pub(super) fn set_local(name: &CStr, value: &CStr) {
        set(name, value, pg_sys::GucAction::GUC_ACTION_LOCAL);
    }

    /// Undoes them as at the end of a function with a `SET` clause: what SQL set in the meantime stays.
    pub(super) fn end_of_function(self) {
        // SAFETY: the level that `enter` opened; PostgreSQL has closed those that were opened in between.
        unsafe { pg_sys::AtEOXact_GUC(true, self.nest_level) }
    }

    /// Undoes them, and with them every setting that SQL changed in the meantime (`false`: as in a rollback). Otherwise a `search_path` set
    /// by a tool would still apply while the record is written.
    pub(super) fn leave(self) {
        // SAFETY: the level that `enter` opened; nothing in between left one open, or its (sub)transaction would have failed.
        unsafe { pg_sys::AtEOXact_GUC(false, self.nest_level) }
    }
}

fn set(name: &CStr, value: &CStr, action: pg_sys::GucAction::Type) {
    // SAFETY: the call that fmgr makes for a function with a SET clause, and SET LOCAL, with NUL-terminated texts.
    unsafe {
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            action,
            true,
            0,
            false,
        );
    }
}

/// `SET LOCAL`: the setting applies until the transaction ends.
pub(super) fn set_for_transaction(name: &CStr, value: &CStr) {
    set(name, value, pg_sys::GucAction::GUC_ACTION_LOCAL);
}

/// Runs `body` with this `lock_timeout`, in milliseconds.
pub fn with_lock_timeout<T>(ms: u32, body: impl FnOnce() -> T) -> T {
    let value = CString::new(ms.to_string()).expect("digits have no NUL");
    let settings = Settings::enter(&[(c"lock_timeout", &value)]);
    let outcome = body();
    settings.leave();
    outcome
}

/// Runs `body` so that its statements are planned with indexes. The plans of a small table are kept, and would read all of it when it has
/// grown.
pub fn planned_with_indexes<T>(body: impl FnOnce() -> T) -> T {
    let off = |name| (name, c"off");
    let settings = Settings::enter(&[c"enable_seqscan", c"enable_bitmapscan", c"enable_sort"].map(off));
    let outcome = body();
    settings.leave();
    outcome
}

/// Runs `body` with this `search_path`.
pub fn with_search_path<T>(search_path: &str, body: impl FnOnce() -> T) -> T {
    let value = CString::new(search_path).expect("an identifier has no NUL");
    let settings = Settings::enter(&[(c"search_path", &value)]);
    let outcome = body();
    settings.leave();
    outcome
}

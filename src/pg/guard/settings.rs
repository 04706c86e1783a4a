//! The settings of a guarded session.

use std::ffi::CStr;

use pgrx::pg_sys;

/// Settings that everybody may change, and that a guarded session has fixed, whatever its login's or its client's start-up options say.
const FIXED: &[(&CStr, &CStr)] = &[
    // They write keys, which are parameters of statements, to the server log.
    (c"debug_print_parse", c"off"),
    (c"debug_print_rewritten", c"off"),
    (c"debug_print_plan", c"off"),
    (c"log_parameter_max_length_on_error", c"0"),
    // A plan that was made for one key contains it.
    (c"plan_cache_mode", c"force_generic_plan"),
    // With `off`, statements that rely on row-level security fail.
    (c"row_security", c"on"),
    // The texts of our own functions rely on it.
    (c"standard_conforming_strings", c"on"),
    // A serializable transaction can fail when it commits, after its answer was sent.
    (c"default_transaction_isolation", c"read committed"),
];

/// What a guarded session may SET: what drivers and connection pools set, and its own time limits.
const FREE: &[&str] = &[
    "application_name",
    "bytea_output",
    "client_encoding",
    "client_min_messages",
    "datestyle",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "extra_float_digits",
    "idle_in_transaction_session_timeout",
    "intervalstyle",
    "lock_timeout",
    "search_path",
    "session characteristics",
    "standard_conforming_strings",
    "statement_timeout",
    "timezone",
    "transaction",
    "transaction_deferrable",
    "transaction_isolation",
    "transaction_read_only",
];

/// Whether a guarded session may SET this.
pub(super) fn is_free(name: &str) -> bool {
    FREE.contains(&name.to_ascii_lowercase().as_str())
}

/// Gives the fixed settings their values.
pub(super) fn fix() {
    for (name, value) in FIXED {
        // The first one replaces what start-up options say, the second one what a SET in this session said.
        for source in [pg_sys::GucSource::PGC_S_OVERRIDE, pg_sys::GucSource::PGC_S_SESSION] {
            if has(name, value) {
                break;
            }
            // SAFETY: NUL-terminated texts.
            unsafe {
                pg_sys::set_config_option(
                    name.as_ptr(),
                    value.as_ptr(),
                    pg_sys::GucContext::PGC_SUSET,
                    source,
                    pg_sys::GucAction::GUC_ACTION_SET,
                    true,
                    0,
                    false,
                );
            }
        }
    }
}

/// The fixed setting that a statement has changed.
pub(super) fn changed() -> Option<&'static str> {
    let (name, _) = FIXED.iter().find(|(name, value)| !has(name, value))?;
    Some(name.to_str().expect("an ASCII name"))
}

/// Whether a setting has a value. A setting that this version of PostgreSQL does not know has any.
fn has(name: &CStr, value: &CStr) -> bool {
    // SAFETY: a NUL-terminated name; the text that is returned is valid until the next call.
    unsafe {
        let now = pg_sys::GetConfigOption(name.as_ptr(), true, false);
        now.is_null() || CStr::from_ptr(now) == value
    }
}

//! The settings of a guarded session.

use std::cell::RefCell;
use std::ffi::{CStr, CString};

use pgrx::pg_sys;

use super::own;

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
    // In a read-only transaction, refused calls cannot be counted.
    (c"default_transaction_read_only", c"off"),
];

/// Time limits, of which a guarded session may have shorter ones than its login.
const LIMITS: &[&CStr] = &[STATEMENT, IDLE, c"client_connection_check_interval"];
const STATEMENT: &CStr = c"statement_timeout";
const IDLE: &CStr = c"idle_in_transaction_session_timeout";

thread_local! {
    /// The login's own limits, in milliseconds. One that is 0 is none.
    static OWN: RefCell<Vec<(&'static CStr, i32)>> = const { RefCell::new(Vec::new()) };
}

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

/// Gives the fixed settings their values, and the session no longer time limits than its login's.
pub(super) fn fix(login: pg_sys::Oid) {
    for (name, value) in FIXED {
        set(name, value);
    }
    let mut limits = Vec::new();
    let settings = own::settings(login);
    for name in LIMITS {
        let own = settings.iter().rfind(|(set, _)| set.as_c_str() == *name);
        let Some((_, value)) = own else { continue };
        let now = milliseconds(name);
        set(name, value);
        let limit = milliseconds(name);
        if limit > 0 {
            limits.push((*name, limit));
        }
        if now > 0 && (now < limit || limit == 0) {
            set(name, &CString::new(now.to_string()).expect("digits have no NUL"));
        }
    }
    OWN.set(limits);
}

fn set(name: &CStr, value: &CStr) {
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

/// How long a transaction may last: one statement and one pause, by the login's own limits.
pub(super) fn longest_transaction() -> Option<i32> {
    let own = |name| OWN.with_borrow(|own| own.iter().find(|(known, _)| *known == name).map(|(_, limit)| *limit));
    Some(own(STATEMENT)?.saturating_add(own(IDLE)?))
}

/// The setting to which a statement has given a value that it must not have.
pub(super) fn changed() -> Option<&'static str> {
    let fixed = FIXED.iter().find(|(name, value)| !has(name, value)).map(|(name, _)| *name);
    let longer = |&(name, limit): &(&'static CStr, i32)| {
        let now = milliseconds(name);
        (now == 0 || now > limit).then_some(name)
    };
    let name = fixed.or_else(|| OWN.with_borrow(|own| own.iter().find_map(longer)));
    name.map(|name| name.to_str().expect("an ASCII name")).or_else(|| {
        // SAFETY: a plain read of the backend's own state. Above it, a transaction keeps its snapshot.
        let level = unsafe { pg_sys::XactIsoLevel };
        (level > pg_sys::XACT_READ_COMMITTED as i32).then_some("transaction_isolation")
    })
}

/// The value of a setting whose unit is a millisecond; 0 if this version of PostgreSQL does not know it.
fn milliseconds(name: &CStr) -> i32 {
    // SAFETY: a NUL-terminated name; the text that is returned is valid until the next call.
    unsafe {
        let now = pg_sys::GetConfigOption(name.as_ptr(), true, false);
        if now.is_null() { 0 } else { CStr::from_ptr(now).to_str().ok().and_then(|now| now.parse().ok()).unwrap_or(0) }
    }
}

/// Whether a setting has a value. A setting that this version of PostgreSQL does not know has any.
fn has(name: &CStr, value: &CStr) -> bool {
    // SAFETY: a NUL-terminated name; the text that is returned is valid until the next call.
    unsafe {
        let now = pg_sys::GetConfigOption(name.as_ptr(), true, false);
        now.is_null() || CStr::from_ptr(now) == value
    }
}

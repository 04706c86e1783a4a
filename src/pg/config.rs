//! The settings that a DBA may change.

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::pg_sys;

static CALLS_IN_TRANSACTIONS: GucSetting<bool> = GucSetting::<bool>::new(false);

/// Whether `mcp_call_tool` may be part of a transaction that its caller can roll back.
///
/// For roles of programs that open a transaction for every request, such as PostgREST. A call that is rolled back leaves no record and,
/// with the limit in a table, does not count, so only a superuser can switch it on.
#[must_use]
pub fn calls_in_transactions() -> bool {
    CALLS_IN_TRANSACTIONS.get()
}

/// Declares the settings.
pub(super) fn init() {
    GucRegistry::define_bool_guc(
        c"eryxon_mcp.calls_in_transactions",
        c"Whether mcp_call_tool may be called inside a transaction.",
        c"A call that is rolled back leaves no record. Meant for the login of a program that opens a transaction for every request.",
        &CALLS_IN_TRANSACTIONS,
        GucContext::Suset,
        GucFlags::default(),
    );
    // SAFETY: called once, after all settings with this prefix were defined. PostgreSQL removes other placeholders with a warning.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"eryxon_mcp".as_ptr()) }
}

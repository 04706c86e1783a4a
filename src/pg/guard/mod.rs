//! The guard of gateway logins: what a login all of whose roles lead to `eryxon_mcp_gateway` may do besides calling the
//! gateway's functions. What drivers and connection pools send by themselves is let through, everything else is refused.
//!
//! Several clients may share such a login, and its password stands in their configuration. By SQL of its own it could change settings for
//! the others (`ALTER ROLE` of itself), fill the disk with temporary tables and large objects, or wait for notifications.
//!
//! `session_preload_libraries`, which `create_mcp_gateway` sets and only a superuser can change, loads the library into its sessions. The
//! checks hold for the login's own statements, not for what SECURITY DEFINER functions do: [`login`] says whose session it is,
//! [`settings`] which settings are fixed or free ([`own`]: what the login's own are), [`lifetime`] ends long transactions, [`statements`] and
//! [`objects`] contain the hooks.

mod lifetime;
mod login;
mod objects;
mod own;
mod settings;
mod statements;

use pgrx::{PgSqlErrorCode, pg_sys};

use super::report::report;

/// Installs the hooks.
pub(super) fn init() {
    lifetime::init();
    login::init();
    statements::init();
    objects::init();
    // SAFETY: a plain read. Loaded while the session starts, the guard is in force before its first statement.
    if unsafe { pg_sys::IsTransactionState() } {
        applies();
    }
}

/// Whether the running statement is a gateway login's own.
fn applies() -> bool {
    // SAFETY: a plain read. The flag is set while a SECURITY DEFINER function runs, and in the sandbox; a client cannot set it.
    !unsafe { pg_sys::InLocalUserIdChange() } && login::is_gateway()
}

/// Refuses what this login may not do.
fn refuse(what: &str) -> ! {
    std::panic::panic_any(
        report(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE, "this login may call the gateway's functions only")
            .set_detail(format!("It may not use {what}."))
            .set_hint("Use another login for other SQL."),
    )
}

//! Who is calling, and why a statement was interrupted.

use std::ffi::CString;

use pgrx::pg_sys;

use crate::names::OWNER_ROLE;

/// Whether the role that sent the statement may act for any tenant: a superuser or a member of [`OWNER_ROLE`].
///
/// It checks the outer user, because inside a SECURITY DEFINER function the current user is the function's owner; and the current user as
/// well, because code of others that runs for a superuser as another role (in the sandbox, in a SECURITY DEFINER function that is not ours, in
/// an index expression during ANALYZE) is not the superuser's own.
#[must_use]
pub fn caller_is_operator() -> bool {
    let owner = CString::new(OWNER_ROLE).expect("a role's name has no NUL");
    // SAFETY: reads of the backend's identity and catalog look-ups inside a transaction.
    unsafe {
        let owner = pg_sys::get_role_oid(owner.as_ptr(), false);
        [pg_sys::GetOuterUserId(), pg_sys::GetUserId()].into_iter().all(|user| pg_sys::has_privs_of_role(user, owner))
    }
}

/// Whether a query that was just interrupted had exceeded `statement_timeout`; otherwise it was cancelled.
///
/// PostgreSQL uses the same SQLSTATE for both and distinguishes them only in a translated message.
#[must_use]
pub fn statement_timeout_passed() -> bool {
    // SAFETY: plain reads of the backend's own state.
    unsafe {
        let timeout_ms = i64::from(pg_sys::StatementTimeout);
        let elapsed_us = pg_sys::GetCurrentTimestamp() - pg_sys::GetCurrentStatementStartTimestamp();
        timeout_ms > 0 && elapsed_us >= timeout_ms * 1000
    }
}

/// The extension's schema.
#[must_use]
pub fn extension_schema() -> String {
    super::query::read(
        "SELECT n.nspname::text FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
          WHERE e.extname = 'eryxon_mcp'",
        &[],
        |rows| rows.first().get_one::<String>(),
    )
    .expect("the extension's own functions run only while it is installed")
}

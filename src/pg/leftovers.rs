//! What SQL that ran in the sandbox could leave behind in the session or for the end of the transaction.

use std::ffi::CString;

use pgrx::pg_sys;

use super::query;
use crate::statement;

/// `SET CONSTRAINTS ALL IMMEDIATE`: a deferred constraint or trigger must fire inside, as the sandbox's role and tenant, not at commit as
/// the caller. PostgreSQL refuses to defer triggers in a restricted operation, so they are made immediate before the body runs.
pub(super) fn make_constraints_immediate() {
    let mut statement = pg_sys::ConstraintsSetStmt {
        type_: pg_sys::NodeTag::T_ConstraintsSetStmt,
        constraints: std::ptr::null_mut(),
        deferred: false,
    };
    // SAFETY: only reads the statement; a null list means ALL.
    unsafe { pg_sys::AfterTriggerSetState(&mut statement) }
}

/// Closes every cursor that this subtransaction opened. If it is committed, PostgreSQL would hand them to the caller's transaction, which
/// could fetch from them.
pub(super) fn close_portals_of_this_subtransaction() {
    statement! {
        static CURSORS = "SELECT name FROM pg_catalog.pg_cursor()"; [];
    }
    let names = query::read(&CURSORS, &[], |rows| rows.map(|row| row.get::<String>(1)).collect::<Result<Vec<_>, _>>());
    for name in names.into_iter().flatten() {
        let name = CString::new(name).expect("a portal's name has no NUL");
        // SAFETY: GetPortalByName returns null or a portal in the backend's table. Those of inner subtransactions have become this one's,
        // and none of them is running: the body has ended. A pinned one raises.
        unsafe {
            let portal = pg_sys::GetPortalByName(name.as_ptr());
            if !portal.is_null() && (*portal).createSubid == pg_sys::GetCurrentSubTransactionId() {
                pg_sys::PortalDrop(portal, false);
            }
        }
    }
}

/// Releases all advisory locks that the session holds beyond its transactions, like `pg_advisory_unlock_all`.
pub(super) fn release_session_locks() {
    // SAFETY: what pg_advisory_unlock_all calls.
    unsafe { pg_sys::LockReleaseSession(pg_sys::USER_LOCKMETHOD as pg_sys::LOCKMETHODID) }
}

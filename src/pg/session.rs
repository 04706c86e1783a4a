//! Who is calling, where the extension is installed, and why a statement was interrupted.

use std::cell::Cell;
use std::ffi::{CStr, CString};

use pgrx::{Spi, pg_sys};

pub use super::timers::statement_timeout_passed;
use crate::names::OWNER_ROLE;

/// Whether the role that sent the statement may act for any tenant: a superuser or a member of [`OWNER_ROLE`].
///
/// It checks the outer user, because inside a SECURITY DEFINER function the current user is the function's owner; and the current user as
/// well, because code of others that runs for a superuser as another role (in the sandbox, in a SECURITY DEFINER function that is not ours)
/// is not the superuser's own. In our own SECURITY DEFINER functions the current user says nothing, so nobody is an operator while PostgreSQL
/// runs code of a table's owner for somebody else: autovacuum, ANALYZE, REINDEX, REFRESH MATERIALIZED VIEW.
#[must_use]
pub fn caller_is_operator() -> bool {
    let owner = CString::new(OWNER_ROLE).expect("a role's name has no NUL");
    // SAFETY: reads of the backend's identity and catalog look-ups inside a transaction.
    unsafe {
        let owner = pg_sys::get_role_oid(owner.as_ptr(), false);
        !pg_sys::InSecurityRestrictedOperation()
            && [pg_sys::GetOuterUserId(), pg_sys::GetUserId()]
                .into_iter()
                .all(|user| pg_sys::has_privs_of_role(user, owner))
    }
}

/// Whether nothing can be written: the transaction is read-only, or the server is a standby.
#[must_use]
pub fn is_read_only() -> bool {
    // SAFETY: plain reads of the backend's and the server's own state.
    unsafe { pg_sys::XactReadOnly || pg_sys::RecoveryInProgress() }
}

thread_local! {
    /// The OID of `mcp_settings`, by which the extension's schema is found again without a query.
    static SETTINGS: Cell<pg_sys::Oid> = const { Cell::new(pg_sys::InvalidOid) };
}

/// The extension's schema, from the catalog and not from the search path.
///
/// A backend asks once. Afterwards, where the table of the settings is tells the schema: the name may have changed, and after `DROP EXTENSION`
/// there is no such table, so that the catalog is asked again.
#[must_use]
pub fn extension_schema() -> String {
    namespace_of(SETTINGS.get()).unwrap_or_else(|| {
        let found = Spi::connect(|client| {
            let sql = "SELECT c.oid, n.nspname::pg_catalog.text
                         FROM pg_catalog.pg_extension e
                         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                         JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid
                          AND c.relname OPERATOR(pg_catalog.=) 'mcp_settings'::pg_catalog.name
                        WHERE e.extname OPERATOR(pg_catalog.=) 'eryxon_mcp'::pg_catalog.name";
            client.select(sql, Some(1), &[])?.first().get_two::<pg_sys::Oid, String>()
        });
        let Ok((Some(settings), Some(schema))) = found else {
            panic!("the extension's own functions run only while it is installed: {found:?}")
        };
        SETTINGS.set(settings);
        schema
    })
}

/// The OID of the extension's table of settings.
pub(super) fn settings_table() -> pg_sys::Oid {
    let _known = extension_schema();
    SETTINGS.get()
}

/// The schema in which a table is, if there is such a table.
fn namespace_of(table: pg_sys::Oid) -> Option<String> {
    if table == pg_sys::InvalidOid {
        return None;
    }
    // SAFETY: look-ups in the catalog's caches, inside a transaction; they know no table by an OID that is not in use, and give a copy of
    // the name or null.
    unsafe {
        let name = pg_sys::get_namespace_name(pg_sys::get_rel_namespace(table));
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}

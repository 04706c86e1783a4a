//! Which functions and relations a guarded session may use.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_void};

use pgrx::{pg_guard, pg_sys};

use super::{applies, refuse};
use crate::names::{EXTENSION, GATEWAY_FUNCTIONS};

/// Volatile functions of PostgreSQL that drivers and connection pools call. They change nothing.
const HARMLESS: &[&str] = &["clock_timestamp", "pg_advisory_unlock_all", "pg_is_in_recovery"];

thread_local! {
    static CHAINED_ACCESS: Cell<pg_sys::object_access_hook_type> = const { Cell::new(None) };
    static CHAINED_PERMS: Cell<pg_sys::ExecutorCheckPerms_hook_type> = const { Cell::new(None) };
}

/// Installs the hooks.
pub(super) fn init() {
    // SAFETY: the library is being loaded; nothing runs meanwhile.
    unsafe {
        CHAINED_ACCESS.set(pg_sys::object_access_hook);
        pg_sys::object_access_hook = Some(object_access);
        CHAINED_PERMS.set(pg_sys::ExecutorCheckPerms_hook);
        pg_sys::ExecutorCheckPerms_hook = Some(check_perms);
    }
}

unsafe extern "C-unwind" fn object_access(
    access: pg_sys::ObjectAccessType::Type,
    class: pg_sys::Oid,
    object: pg_sys::Oid,
    part: i32,
    arg: *mut c_void,
) {
    // SAFETY: hands on what PostgreSQL gave. An ERROR passes through this frame, which owns nothing.
    unsafe {
        if let Some(chained) = CHAINED_ACCESS.get() {
            chained(access, class, object, part, arg);
        }
        check_access(access, object);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn check_access(access: pg_sys::ObjectAccessType::Type, object: pg_sys::Oid) {
    use pg_sys::ObjectAccessType as Access;
    if !applies() {
        return;
    }
    match access {
        Access::OAT_FUNCTION_EXECUTE => check_function(object),
        Access::OAT_POST_CREATE | Access::OAT_POST_ALTER | Access::OAT_TRUNCATE => refuse("objects of its own"),
        // While the session ends, PostgreSQL drops what is temporary.
        // SAFETY: a plain read.
        Access::OAT_DROP if !unsafe { pg_sys::proc_exit_inprogress } => refuse("objects of its own"),
        _ => {}
    }
}

/// Refuses a function that is neither the gateway's nor one of PostgreSQL's that changes nothing.
fn check_function(function: pg_sys::Oid) {
    // SAFETY: catalog look-ups in a transaction, by the oid of a function that is about to run.
    unsafe {
        let name = pg_sys::get_func_name(function);
        if name.is_null() {
            refuse("a function that does not exist");
        }
        let name = CStr::from_ptr(name).to_string_lossy();
        let allowed = if is_builtin(function) && pg_sys::get_func_namespace(function) == catalog() {
            pg_sys::func_volatile(function) != pg_sys::PROVOLATILE_VOLATILE as std::ffi::c_char
                || HARMLESS.contains(&&*name)
        } else {
            GATEWAY_FUNCTIONS.contains(&&*name) && is_of_extension(function)
        };
        if !allowed {
            refuse(&format!("the function {name}"));
        }
    }
}

/// # Safety
/// In a transaction.
unsafe fn is_of_extension(function: pg_sys::Oid) -> bool {
    let name = CString::new(EXTENSION).expect("a name has no NUL");
    // SAFETY: catalog look-ups.
    unsafe {
        let extension = pg_sys::get_extension_oid(name.as_ptr(), true);
        extension != pg_sys::InvalidOid
            && pg_sys::getExtensionOfObject(pg_sys::ProcedureRelationId, function) == extension
    }
}

fn is_builtin(object: pg_sys::Oid) -> bool {
    object.to_u32() < pg_sys::FirstNormalObjectId
}

fn catalog() -> pg_sys::Oid {
    pg_sys::Oid::from(pg_sys::PG_CATALOG_NAMESPACE)
}

#[cfg(feature = "pg15")]
unsafe extern "C-unwind" fn check_perms(relations: *mut pg_sys::List, raises: bool) -> bool {
    // SAFETY: hands on what PostgreSQL gave. An ERROR passes through this frame, which owns nothing.
    unsafe {
        check_relations(relations);
        CHAINED_PERMS.get().is_none_or(|chained| chained(relations, raises))
    }
}

#[cfg(not(feature = "pg15"))]
unsafe extern "C-unwind" fn check_perms(
    range_table: *mut pg_sys::List,
    permissions: *mut pg_sys::List,
    raises: bool,
) -> bool {
    // SAFETY: hands on what PostgreSQL gave. An ERROR passes through this frame, which owns nothing.
    unsafe {
        check_relations(permissions);
        CHAINED_PERMS.get().is_none_or(|chained| chained(range_table, permissions, raises))
    }
}

/// What PostgreSQL checks for one relation of a query.
#[cfg(feature = "pg15")]
type Permission = pg_sys::RangeTblEntry;
#[cfg(not(feature = "pg15"))]
type Permission = pg_sys::RTEPermissionInfo;

/// Refuses everything but reading PostgreSQL's own catalogs.
#[pg_guard]
unsafe extern "C-unwind" fn check_relations(permissions: *mut pg_sys::List) {
    // First, because a statement that was prepared earlier begins a transaction here.
    if !applies() || permissions.is_null() {
        return;
    }
    // SAFETY: a list of this type.
    unsafe {
        for entry in pgrx::PgList::<Permission>::from_pg(permissions).iter_ptr() {
            // For anything but relations, and for those that a view of others reads, nothing is required.
            if (*entry).requiredPerms != 0
                && ((*entry).requiredPerms != pg_sys::ACL_SELECT as pg_sys::AclMode || !is_catalog((*entry).relid))
            {
                refuse("tables, except for reading PostgreSQL's catalogs");
            }
        }
    }
}

/// # Safety
/// In a transaction.
unsafe fn is_catalog(relation: pg_sys::Oid) -> bool {
    // SAFETY: catalog look-ups.
    unsafe {
        let schema = pg_sys::get_rel_namespace(relation);
        is_builtin(relation)
            && (schema == catalog() || schema == pg_sys::get_namespace_oid(c"information_schema".as_ptr(), true))
    }
}

//! Whose session this is.

use std::cell::Cell;
use std::ffi::{CStr, CString};

use pgrx::{FromDatum, pg_guard, pg_sys};

use super::{lifetime, settings};
use crate::names::GATEWAY_ROLE;

/// `pg_auth_members`.
const MEMBERSHIPS: u32 = 1261;
const ROLE: &CStr = c"roleid";

thread_local! {
    /// The session's login, and whether it is a gateway's.
    static KNOWN: Cell<Option<(pg_sys::Oid, bool)>> = const { Cell::new(None) };
}

/// Forgets the answer when a role or a membership changes.
pub(super) fn init() {
    for cache in [pg_sys::SysCacheIdentifier::AUTHMEMMEMROLE, pg_sys::SysCacheIdentifier::AUTHOID] {
        // SAFETY: the library is being loaded; the function has the expected type.
        unsafe { pg_sys::CacheRegisterSyscacheCallback(cache as i32, Some(forget), pg_sys::Datum::null()) }
    }
}

#[pg_guard]
extern "C-unwind" fn forget(_arg: pg_sys::Datum, _cache: i32, _hash: u32) {
    KNOWN.set(None);
}

/// Whether the session's login is a gateway's. If so, its fixed settings are in force afterwards.
pub(super) fn is_gateway() -> bool {
    // SAFETY: catalog look-ups, which need a transaction that has not failed; without one, no statement can do anything.
    unsafe {
        if !pg_sys::IsTransactionState() {
            return false;
        }
        let login = pg_sys::GetSessionUserId();
        if let Some((known, is_gateway)) = KNOWN.get()
            && known == login
        {
            if is_gateway {
                lifetime::begin();
            }
            return is_gateway;
        }
        // A parallel worker has its leader's settings, and ends with it.
        let is_worker = pg_sys::ParallelWorkerNumber >= 0;
        let is_gateway = !pg_sys::superuser_arg(login) && is_member_of_gateway_only(login);
        if is_gateway && !is_worker {
            settings::fix(login);
            lifetime::begin();
        }
        KNOWN.set(Some((login, is_gateway)));
        is_gateway
    }
}

/// Whether all roles of this one lead to the gateway's, be it through others, and to nothing else.
///
/// # Safety
/// Inside a transaction.
unsafe fn is_member_of_gateway_only(login: pg_sys::Oid) -> bool {
    let name = CString::new(GATEWAY_ROLE).expect("a role's name has no NUL");
    // SAFETY: a catalog look-up. PostgreSQL admits no circle of memberships.
    let gateway = unsafe { pg_sys::get_role_oid(name.as_ptr(), true) };
    leads_to_only(login, gateway)
}

fn leads_to_only(role: pg_sys::Oid, gateway: pg_sys::Oid) -> bool {
    // SAFETY: inside a transaction.
    let roles = unsafe { roles_of(role) };
    !roles.is_empty() && roles.into_iter().all(|role| role == gateway || leads_to_only(role, gateway))
}

/// # Safety
/// Inside a transaction.
unsafe fn roles_of(member: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let cache = pg_sys::SysCacheIdentifier::AUTHMEMMEMROLE as i32;
    // SAFETY: a list of the cache, which is released below; its members are its own. The column has the type oid and is never null.
    unsafe {
        let role = pg_sys::get_attnum(pg_sys::Oid::from(MEMBERSHIPS), ROLE.as_ptr());
        let list = pg_sys::SearchSysCacheList(cache, 1, member.into(), pg_sys::Datum::null(), pg_sys::Datum::null());
        let count = usize::try_from((*list).n_members).unwrap_or_default();
        let roles = (*list).members.as_slice(count).iter().filter_map(|member| {
            let mut is_null = false;
            let role = pg_sys::SysCacheGetAttr(cache, &raw mut (**member).tuple, role, &mut is_null);
            pg_sys::Oid::from_datum(role, is_null)
        });
        let roles = roles.collect();
        pg_sys::ReleaseCatCacheList(list);
        roles
    }
}

//! The tenant or the person that this backend is working for. It is kept in backend memory, where SQL cannot change it.

use std::cell::Cell;

use pgrx::{PgXactCallbackEvent, register_xact_callback};
use uuid::Uuid;

/// Whose rows of the MES tables the sandbox may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The rows of a tenant.
    Tenant(Uuid),
    /// The profile of a person whose tenant is not known yet, and nothing else.
    Person(Uuid),
}

thread_local! {
    /// Set while something runs in the sandbox.
    static WORKING_FOR: Cell<Option<Identity>> = const { Cell::new(None) };
    /// Set by a DBA with `mcp_as_tenant`, until the end of the transaction.
    static CHOSEN: Cell<Option<Uuid>> = const { Cell::new(None) };
}

/// The tenant for which the sandbox runs; `None` outside of it.
#[must_use]
pub fn current() -> Option<Uuid> {
    match WORKING_FOR.get() {
        Some(Identity::Tenant(tenant)) => Some(tenant),
        _ => None,
    }
}

/// The person whose profile is being looked up; `None` otherwise, also inside a call.
#[must_use]
pub fn person() -> Option<Uuid> {
    match WORKING_FOR.get() {
        Some(Identity::Person(person)) => Some(person),
        _ => None,
    }
}

/// Sets the identity as long as it lives, and restores the previous one when dropped, even if a panic or an `ERROR` passes through.
pub(super) struct Working {
    former: Option<Identity>,
}

impl Working {
    pub(super) fn enter(identity: Identity) -> Self {
        Self { former: WORKING_FOR.replace(Some(identity)) }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        WORKING_FOR.set(self.former);
    }
}

/// Chooses the tenant for tools called as SQL functions, until the transaction ends.
pub fn choose(tenant: Uuid) {
    if CHOSEN.replace(Some(tenant)).is_none() {
        for end in [PgXactCallbackEvent::Commit, PgXactCallbackEvent::Abort] {
            register_xact_callback(end, || CHOSEN.set(None));
        }
        register_xact_callback(PgXactCallbackEvent::Prepare, || CHOSEN.set(None));
    }
}

/// The tenant chosen by [`choose`] in this transaction.
#[must_use]
pub fn chosen() -> Option<Uuid> {
    CHOSEN.get()
}

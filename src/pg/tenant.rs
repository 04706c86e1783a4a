//! The tenant that this backend is working for. It is kept in backend memory, where SQL cannot change it.

use std::cell::Cell;

use pgrx::{PgXactCallbackEvent, register_xact_callback};
use uuid::Uuid;

thread_local! {
    /// Set while a tool runs, inside the sandbox.
    static IN_CALL: Cell<Option<Uuid>> = const { Cell::new(None) };
    /// Set by a DBA with `mcp_as_tenant`, until the end of the transaction.
    static CHOSEN: Cell<Option<Uuid>> = const { Cell::new(None) };
}

/// The tenant of the running tool; `None` outside a tool.
#[must_use]
pub fn current() -> Option<Uuid> {
    IN_CALL.get()
}

/// Sets the tenant as long as it lives, and restores the previous one when dropped, even if a panic or an `ERROR` passes through.
pub(super) struct InCall {
    former: Option<Uuid>,
}

impl InCall {
    pub(super) fn enter(tenant: Uuid) -> Self {
        Self { former: IN_CALL.replace(Some(tenant)) }
    }
}

impl Drop for InCall {
    fn drop(&mut self) {
        IN_CALL.set(self.former);
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

//! The sandbox: a subtransaction in which SQL runs as a role that owns nothing, for one tenant.

use std::ffi::{CStr, CString};

use pgrx::{check_for_interrupts, pg_sys};
use uuid::Uuid;

use super::subtransaction::{Failure, subtransaction};
use super::tenant;
use crate::names::TENANT_ROLE;

/// What the sandbox is set to.
#[derive(Debug)]
pub struct Sandbox<'a> {
    /// The tenant that `current_mcp_tenant()` and the policies see.
    pub tenant: Uuid,
    /// The value of `search_path`, identifiers quoted.
    pub search_path: &'a CStr,
    /// Whether PostgreSQL refuses every write.
    pub read_only: bool,
}

impl Sandbox<'_> {
    /// Runs `body` inside: as [`TENANT_ROLE`], unable to change role, tenant or read-only mode. Afterwards, however it ended, all is
    /// as it was before; what `body` wrote is kept only when it returns `Ok`.
    ///
    /// # Errors
    /// What `body` returned or raised, a cancel or a statement timeout included.
    pub fn run<T, E>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        subtransaction(|| {
            let _tenant = tenant::InCall::enter(self.tenant);
            let _role = Role::switch_to(TENANT_ROLE);
            let settings = Settings::enter(self.search_path);
            if self.read_only {
                // SAFETY: a plain backend global. PostgreSQL puts it back at the end of this subtransaction (prevXactReadOnly), and
                // refuses `SET transaction_read_only = off` inside a subtransaction of a read-only one.
                unsafe { pg_sys::XactReadOnly = true }
            } else {
                make_constraints_immediate();
            }
            // An interrupt that came before is this call's, and is caught here.
            check_for_interrupts!();
            let outcome = body();
            if outcome.is_ok() {
                settings.leave();
            }
            outcome
        })
    }
}

/// The identity of the backend while it lives: the role, and PostgreSQL's own ban on `SET ROLE` and `SET SESSION AUTHORIZATION`.
struct Role {
    user: pg_sys::Oid,
    context: i32,
}

impl Role {
    fn switch_to(role: &str) -> Self {
        let name = CString::new(role).expect("a role's name has no NUL");
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        // SAFETY: get_role_oid raises when the role is missing, before anything is switched; the other two read and write the
        // backend's identity, which Drop puts back, also while an ERROR unwinds.
        unsafe {
            let oid = pg_sys::get_role_oid(name.as_ptr(), false);
            pg_sys::GetUserIdAndSecContext(&mut user, &mut context);
            let restricted = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_RESTRICTED_OPERATION;
            pg_sys::SetUserIdAndSecContext(oid, context | restricted as i32);
        }
        Self { user, context }
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // SAFETY: the pair that GetUserIdAndSecContext gave.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) }
    }
}

/// Settings for the length of the call, kept the way a function's `SET` clause keeps them. When the subtransaction is rolled back
/// PostgreSQL undoes them itself; otherwise [`Settings::leave`] does.
struct Settings {
    nest_level: i32,
}

impl Settings {
    fn enter(search_path: &CStr) -> Self {
        // SAFETY: the calls that fmgr makes for a function with a SET clause, with NUL-terminated texts.
        unsafe {
            let nest_level = pg_sys::NewGUCNestLevel();
            for (name, value) in [
                (c"search_path", search_path),
                // A tool's statements are planned once a backend, not once a call.
                (c"plan_cache_mode", c"force_generic_plan"),
            ] {
                pg_sys::set_config_option(
                    name.as_ptr(),
                    value.as_ptr(),
                    pg_sys::GucContext::PGC_USERSET,
                    pg_sys::GucSource::PGC_S_SESSION,
                    pg_sys::GucAction::GUC_ACTION_SAVE,
                    true,
                    0,
                    false,
                );
            }
            Self { nest_level }
        }
    }

    fn leave(self) {
        // SAFETY: the level that `enter` opened; nothing in between left one open, or its subtransaction would have failed.
        unsafe { pg_sys::AtEOXact_GUC(true, self.nest_level) }
    }
}

/// `SET CONSTRAINTS ALL IMMEDIATE`: a deferred constraint or trigger must fire in here, as the sandbox's role and tenant, not at commit
/// as the caller. PostgreSQL refuses to fire deferred ones in a restricted operation, so they are made immediate before the tool runs.
fn make_constraints_immediate() {
    let mut statement = pg_sys::ConstraintsSetStmt {
        type_: pg_sys::NodeTag::T_ConstraintsSetStmt,
        constraints: std::ptr::null_mut(),
        deferred: false,
    };
    // SAFETY: reads the statement only; a null list means ALL.
    unsafe { pg_sys::AfterTriggerSetState(&mut statement) }
}

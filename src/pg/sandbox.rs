//! The sandbox: a subtransaction in which SQL runs for one tenant, as a role that owns nothing. Whatever of ours reads or writes a MES
//! table does it in here, because the tables' owner decides what else runs then: triggers, functions of policies, defaults.

use std::ffi::CString;

use pgrx::{check_for_interrupts, pg_sys};

use super::settings::Settings;
use super::subtransaction::{Failure, subtransaction, undone};
use super::tenant::{Identity, Working};
use super::{host_functions, leftovers, origin};

/// The settings of the sandbox.
#[derive(Debug)]
pub struct Sandbox<'a> {
    /// The role: [`TENANT_ROLE`](crate::names::TENANT_ROLE) or [`RECORDER_ROLE`](crate::names::RECORDER_ROLE).
    pub role: &'static str,
    /// Whom the policies see.
    pub identity: Identity,
    /// The MES schema, in which functions of the host look up their names; see [`host_functions`].
    pub host_schema: &'a str,
    /// Whether PostgreSQL refuses every write, and everything that the body did is rolled back.
    pub read_only: bool,
}

impl Sandbox<'_> {
    /// Runs `body` inside the sandbox: as the role, unable to change role, identity or read-only mode. Afterwards, however it ended,
    /// everything is as before. What `body` wrote is kept only if it returns `Ok` and the sandbox is not read-only.
    ///
    /// Nothing that the host's code opened is left in the session: it has no open cursor and no session-level advisory lock, also none that
    /// it had before. PostgreSQL does not tell one advisory lock from another, and releases them neither at a rollback nor at a commit.
    ///
    /// # Errors
    /// What `body` returned or raised, including a cancel or a statement timeout.
    pub fn run<T, E>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        let outcome = if self.read_only { undone(|| self.inside(body)) } else { subtransaction(|| self.inside(body)) };
        leftovers::release_session_locks();
        outcome
    }

    /// Like [`run`](Self::run) for a reader in a session that is not ours: the advisory locks of an application that only asks who its user
    /// is stay.
    ///
    /// # Errors
    /// What `body` returned or raised.
    pub fn look_up<T, E>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
        debug_assert!(self.read_only);
        undone(|| self.inside(body))
    }

    fn inside<T, E>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let _watch = origin::Watch::enter();
        let _working = Working::enter(self.identity);
        let _role = Role::switch_to(self.role);
        let _hidden = HiddenQuery::hide();
        let settings = Settings::enter(&[
            (c"search_path", host_functions::OWN_PATH),
            // Plan a tool's statements once per backend, not once per call.
            (c"plan_cache_mode", c"force_generic_plan"),
            // JIT-compiling one of the larger statements takes seconds, running it milliseconds.
            (c"jit", c"off"),
        ]);
        let _host = host_functions::OnPath::enter(self.host_schema);
        if self.read_only {
            // SAFETY: a plain backend global. PostgreSQL restores it at the end of this subtransaction (prevXactReadOnly), and
            // refuses `SET transaction_read_only = off` inside a subtransaction of a read-only one.
            unsafe { pg_sys::XactReadOnly = true }
        } else {
            leftovers::make_constraints_immediate();
        }
        // An interrupt that arrived before belongs to this call, and is caught here.
        check_for_interrupts!();
        let outcome = body();
        if outcome.is_ok() {
            if !self.read_only {
                leftovers::close_portals_of_this_subtransaction();
            }
            settings.leave();
        }
        outcome
    }
}

/// Switches the backend's identity as long as it lives: the role, and PostgreSQL's own ban on `SET ROLE` and `SET SESSION AUTHORIZATION`.
struct Role {
    user: pg_sys::Oid,
    context: i32,
}

impl Role {
    fn switch_to(role: &str) -> Self {
        let name = CString::new(role).expect("a role's name has no NUL");
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        // SAFETY: get_role_oid raises if the role is missing, before anything is switched; the other two read and write the
        // backend's identity, which Drop restores, even while an ERROR unwinds.
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
        // SAFETY: the pair that GetUserIdAndSecContext returned.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) }
    }
}

/// Hides the text of the client's statement as long as it lives: `current_query()` would show it to the host's code, and it holds the key of a
/// client that does not bind it.
struct HiddenQuery(*const std::ffi::c_char);

impl HiddenQuery {
    fn hide() -> Self {
        // SAFETY: a plain backend global, which may be null (it is between statements). Drop restores it, even while an ERROR unwinds.
        unsafe {
            let text = pg_sys::debug_query_string;
            pg_sys::debug_query_string = std::ptr::null();
            Self(text)
        }
    }
}

impl Drop for HiddenQuery {
    fn drop(&mut self) {
        // SAFETY: the text of the statement that is still running.
        unsafe { pg_sys::debug_query_string = self.0 }
    }
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use super::*;
    use crate::error::{ToolError, ToolErrorCode};
    use crate::names::TENANT_ROLE;
    use crate::pg::query;
    use crate::pg::subtransaction::Raised;
    use pgrx::prelude::*;
    use uuid::Uuid;

    const TENANT: Uuid = Uuid::from_u128(0xA);

    fn sandbox<T>(read_only: bool, body: impl FnOnce() -> Result<T, ToolError>) -> Result<T, Failure<ToolError>> {
        let identity = Identity::Tenant(TENANT);
        Sandbox { role: TENANT_ROLE, identity, host_schema: "public", read_only }.run(body)
    }

    /// Runs SQL text inside.
    fn attempt(read_only: bool, sql: &str) -> Result<(), PgSqlErrorCode> {
        sandbox(read_only, || {
            query::script(sql);
            Ok(())
        })
        .map_err(|failure| match failure {
            Failure::Raised(Raised { code, .. }) => code,
            Failure::Returned(error) => panic!("returned {error}"),
        })
    }

    /// The backend's identity, and whether it may write.
    fn identity() -> (String, Option<Uuid>, String) {
        let sql = "SELECT current_user::text, public.current_mcp_tenant(), current_setting('transaction_read_only')";
        query::ask(sql, |rows| {
            let (user, tenant, read_only) = rows.first().get_three::<String, pgrx::Uuid, String>()?;
            Ok((user.unwrap_or_default(), tenant.map(query::from_uuid), read_only.unwrap_or_default()))
        })
    }

    fn with_table() {
        query::script(
            "CREATE TABLE public.probe (id int PRIMARY KEY, tenant_id uuid NOT NULL);
             ALTER TABLE public.probe ENABLE ROW LEVEL SECURITY;
             CREATE POLICY p ON public.probe TO eryxon_mcp_tenant USING (tenant_id = public.current_mcp_tenant());
             GRANT SELECT, INSERT, UPDATE ON public.probe TO eryxon_mcp_tenant;
             INSERT INTO public.probe VALUES (1, lpad('a', 32, '0')::uuid), (2, lpad('b', 32, '0')::uuid)",
        );
    }

    /// It sees what was written before, although a test is one statement.
    fn rows() -> i64 {
        query::ask("SELECT count(*) FROM public.probe", query::first).unwrap_or_default()
    }

    #[pg_test]
    fn the_identity_is_the_tenant_role_inside_and_restored_afterwards() {
        let before = identity();
        let inside = sandbox(true, || Ok(identity())).expect("the sandbox runs");
        assert_eq!(inside, (TENANT_ROLE.to_owned(), Some(TENANT), "on".to_owned()));
        assert_eq!(identity(), before);
        assert_ne!(before.0, TENANT_ROLE);
    }

    #[pg_test]
    fn the_identity_is_restored_after_an_error_a_raise_and_a_panic() {
        let before = identity();
        let path = || query::ask("SELECT current_setting('search_path')", query::first::<String>);
        let path_before = path();
        let failed: Result<(), _> = sandbox(true, || Err(ToolError::new(ToolErrorCode::NotFound, "x")));
        assert!(matches!(failed, Err(Failure::Returned(_))));
        assert_eq!(identity(), before);
        assert_eq!(attempt(true, "DO $$ BEGIN PERFORM 1 / 0; END $$"), Err(PgSqlErrorCode::ERRCODE_DIVISION_BY_ZERO));
        assert_eq!(identity(), before);
        let panicked: Result<(), _> = sandbox(true, || panic!("a mistake"));
        assert!(matches!(panicked, Err(Failure::Raised(_))));
        assert_eq!(identity(), before);
        assert_eq!(path(), path_before);
    }

    #[pg_test]
    fn the_role_cannot_be_changed_inside() {
        for sql in [
            "SET ROLE NONE",
            "SET LOCAL ROLE postgres",
            "RESET ROLE",
            "SET SESSION AUTHORIZATION postgres",
            "DO $$ BEGIN PERFORM set_config('role', 'postgres', false); END $$",
            "DO $$ BEGIN PERFORM set_config('session_authorization', 'postgres', true); END $$",
        ] {
            assert_eq!(attempt(false, sql), Err(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE), "{sql}");
        }
    }

    #[pg_test]
    fn a_reader_cannot_write_and_cannot_become_a_writer() {
        with_table();
        let refused = Err(PgSqlErrorCode::ERRCODE_READ_ONLY_SQL_TRANSACTION);
        let write = "INSERT INTO public.probe VALUES (3, public.current_mcp_tenant())";
        assert_eq!(attempt(true, write), refused);
        for sql in ["SET transaction_read_only = off", "SET TRANSACTION READ WRITE"] {
            assert_eq!(attempt(true, sql), Err(PgSqlErrorCode::ERRCODE_ACTIVE_SQL_TRANSACTION), "{sql}");
        }
        let caught = format!(
            "DO $$ BEGIN BEGIN SET transaction_read_only = off; EXCEPTION WHEN OTHERS THEN NULL; END; {write}; END $$"
        );
        assert_eq!(attempt(true, &caught), refused);
        assert_eq!(attempt(false, write), Ok(()));
        assert_eq!(rows(), 3);
    }

    #[pg_test]
    fn only_the_tenants_rows_are_visible_and_others_cannot_be_written() {
        with_table();
        assert_eq!(sandbox(true, || Ok(rows())).expect("reads"), 1);
        assert_eq!(rows(), 2);
        assert_eq!(
            attempt(false, "INSERT INTO public.probe VALUES (3, lpad('b', 32, '0')::uuid)"),
            Err(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE)
        );
    }

    #[pg_test]
    fn a_failure_leaves_nothing_and_the_index_stays_consistent() {
        with_table();
        let unique = Err(PgSqlErrorCode::ERRCODE_UNIQUE_VIOLATION);
        let sql = "INSERT INTO public.probe SELECT 4, public.current_mcp_tenant(); INSERT INTO public.probe VALUES (1, public.current_mcp_tenant())";
        assert_eq!(attempt(false, sql), unique);
        assert_eq!(rows(), 2);
        query::script("REINDEX TABLE public.probe");
        assert_eq!(attempt(false, sql), unique);
    }

    #[pg_test]
    fn a_deferred_constraint_fires_inside_as_the_tenant() {
        with_table();
        query::script(
            "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'fired as % for %', current_user, public.current_mcp_tenant(); END $$;
             CREATE CONSTRAINT TRIGGER tell AFTER INSERT ON public.probe DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION tell()",
        );
        let failed = sandbox(false, || {
            query::script("INSERT INTO public.probe VALUES (5, public.current_mcp_tenant())");
            Ok(())
        });
        let Err(Failure::Raised(raised)) = failed else { panic!("the trigger did not fire inside") };
        assert_eq!(raised.message, format!("fired as {TENANT_ROLE} for {TENANT}"));
        assert_eq!(rows(), 2);
    }
}

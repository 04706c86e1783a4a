//! Which statements besides SELECT, INSERT, UPDATE and DELETE a guarded session may run.

use std::cell::Cell;
use std::ffi::CStr;

use pgrx::{pg_guard, pg_sys};

use super::{applies, login, refuse, settings};

thread_local! {
    static CHAINED_UTILITY: Cell<pg_sys::ProcessUtility_hook_type> = const { Cell::new(None) };
    static CHAINED_ANALYZE: Cell<pg_sys::post_parse_analyze_hook_type> = const { Cell::new(None) };
}

/// Installs the hooks.
pub(super) fn init() {
    // SAFETY: the library is being loaded; nothing runs meanwhile.
    unsafe {
        CHAINED_UTILITY.set(pg_sys::ProcessUtility_hook);
        pg_sys::ProcessUtility_hook = Some(process_utility);
        CHAINED_ANALYZE.set(pg_sys::post_parse_analyze_hook);
        pg_sys::post_parse_analyze_hook = Some(post_parse_analyze);
    }
}

unsafe extern "C-unwind" {
    /// PostgreSQL's own function. pgrx's would turn every `ERROR` of a statement into a new one, without its constraint's name and position.
    fn standard_ProcessUtility(
        planned: *mut pg_sys::PlannedStmt,
        text: *const std::ffi::c_char,
        read_only_tree: bool,
        context: pg_sys::ProcessUtilityContext::Type,
        params: pg_sys::ParamListInfo,
        environment: *mut pg_sys::QueryEnvironment,
        destination: *mut pg_sys::DestReceiver,
        completion: *mut pg_sys::QueryCompletion,
    );
}

unsafe extern "C-unwind" fn process_utility(
    planned: *mut pg_sys::PlannedStmt,
    text: *const std::ffi::c_char,
    read_only_tree: bool,
    context: pg_sys::ProcessUtilityContext::Type,
    params: pg_sys::ParamListInfo,
    environment: *mut pg_sys::QueryEnvironment,
    destination: *mut pg_sys::DestReceiver,
    completion: *mut pg_sys::QueryCompletion,
) {
    // SAFETY: hands on what PostgreSQL gave. An ERROR passes through this frame, which owns nothing.
    unsafe {
        let sets = check((*planned).utilityStmt);
        match CHAINED_UTILITY.get() {
            Some(chained) => {
                chained(planned, text, read_only_tree, context, params, environment, destination, completion);
            }
            None => standard_ProcessUtility(
                planned,
                text,
                read_only_tree,
                context,
                params,
                environment,
                destination,
                completion,
            ),
        }
        if sets {
            check_settings();
        }
    }
}

/// Refuses a statement that a guarded session may not run. Returns whether it may change a setting.
#[pg_guard]
unsafe extern "C-unwind" fn check(statement: *mut pg_sys::Node) -> bool {
    use pg_sys::NodeTag as Tag;
    use pg_sys::TransactionStmtKind as Kind;
    // SAFETY: the node's tag tells its type.
    unsafe {
        let tag = (*statement).type_;
        if tag == Tag::T_TransactionStmt {
            // Without looking at anything: the transaction may have failed.
            match (*statement.cast::<pg_sys::TransactionStmt>()).kind {
                // It may choose an isolation level.
                Kind::TRANS_STMT_BEGIN | Kind::TRANS_STMT_START => return true,
                Kind::TRANS_STMT_COMMIT | Kind::TRANS_STMT_ROLLBACK => return false,
                _ => {}
            }
        }
        if !applies() {
            return false;
        }
        match tag {
            Tag::T_VariableShowStmt
            | Tag::T_DiscardStmt
            | Tag::T_DeallocateStmt
            | Tag::T_UnlistenStmt
            | Tag::T_ClosePortalStmt => false,
            Tag::T_VariableSetStmt => {
                check_set(statement.cast());
                true
            }
            _ => {
                let name = pg_sys::GetCommandTagName(pg_sys::CreateCommandTag(statement));
                refuse(&CStr::from_ptr(name).to_string_lossy())
            }
        }
    }
}

/// # Safety
/// A SET or RESET statement.
unsafe fn check_set(statement: *mut pg_sys::VariableSetStmt) {
    use pg_sys::VariableSetKind as Kind;
    // SAFETY: every kind but RESET ALL has a name.
    unsafe {
        if matches!((*statement).kind, Kind::VAR_RESET_ALL | Kind::VAR_RESET | Kind::VAR_SET_DEFAULT) {
            return;
        }
        let name = CStr::from_ptr((*statement).name).to_string_lossy();
        if !settings::is_free(&name) {
            refuse(&format!("SET {name}"));
        }
    }
}

/// The error also takes back what the statement has set.
#[pg_guard]
extern "C-unwind" fn check_settings() {
    if applies()
        && let Some(name) = settings::changed()
    {
        refuse(&format!("another value of {name}"));
    }
}

/// Runs before each statement that the client sends, and before the statement is logged by `debug_print_parse`: so that the fixed settings
/// are in force although the library was loaded before the session began (`shared_preload_libraries`).
unsafe extern "C-unwind" fn post_parse_analyze(
    state: *mut pg_sys::ParseState,
    query: *mut pg_sys::Query,
    jumble: *mut pg_sys::JumbleState,
) {
    look_at_login();
    // SAFETY: hands on what PostgreSQL gave. An ERROR passes through this frame, which owns nothing.
    unsafe {
        if let Some(chained) = CHAINED_ANALYZE.get() {
            chained(state, query, jumble);
        }
    }
}

#[pg_guard]
extern "C-unwind" fn look_at_login() {
    login::is_gateway();
}

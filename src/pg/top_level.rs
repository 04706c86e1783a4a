//! Whether a call is a statement of its own, so that nothing can roll it back once it has answered.
//!
//! Otherwise its answer could be read and its record undone: by ROLLBACK, to a savepoint, or by an error later in the same statement
//! (`mcp_call_tool(…)::text::int` even shows the answer in the error's message). Nor may anything run between the answer and the commit:
//! so the statement's plan must consist of this one call, whose value is sent as it is.

#![expect(clippy::result_large_err, reason = "pgrx keeps the SQLSTATE of this error type only")]

use std::cell::Cell;

use pgrx::{PgList, PgSqlErrorCode, pg_sys};

use super::report::{ErrorReport, report};
use super::{config, session};

/// What PostgreSQL passes to a function when it calls it. Not part of the function's SQL signature.
pub type CallInfo = pg_sys::FunctionCallInfo;

type Run = (*mut pg_sys::QueryDesc, u64);

thread_local! {
    /// The query that the executor last began to run, and how many rows the client wants of it; 0: all.
    static LAST_RUN: Cell<Option<Run>> = const { Cell::new(None) };
    static CHAINED: Cell<pg_sys::ExecutorRun_hook_type> = const { Cell::new(None) };
}

/// Refuses a call that is not a statement of its own, unless the caller is an operator or its role is marked by
/// `eryxon_mcp.calls_in_transactions`. From here on, PostgreSQL commits this statement before it runs the next one.
///
/// # Errors
/// 25001, with what surrounds the call.
pub fn assert_own_statement(function: &str, call: CallInfo) -> Result<(), ErrorReport> {
    if config::calls_in_transactions() || session::caller_is_operator() {
        return Ok(());
    }
    if let Some(found) = surrounding(call) {
        return Err(report(
            PgSqlErrorCode::ERRCODE_ACTIVE_SQL_TRANSACTION,
            format!("{function} must be called by a statement of its own"),
        )
        .set_detail(format!("This call is {found}, so it could be rolled back with its record."))
        .set_hint(format!(
            "Run SELECT {}.{function}(...) alone, outside any transaction. For a program that opens a transaction for every request, a \
             superuser can set eryxon_mcp.calls_in_transactions for its role.",
            pgrx::spi::quote_identifier(session::extension_schema())
        )));
    }
    // SAFETY: a plain backend global; PostgreSQL sets the same flag for CREATE DATABASE. Without it, a statement that the client sends
    // before it waits for the answer would share this one's transaction.
    unsafe { pg_sys::MyXactFlags |= pg_sys::XACT_FLAGS_NEEDIMMEDIATECOMMIT as i32 }
    Ok(())
}

/// What surrounds the call; `None` if it is the whole statement.
fn surrounding(call: CallInfo) -> Option<&'static str> {
    // SAFETY: plain reads of the backend's own state. ActivePortal is null or valid while its query runs.
    unsafe {
        if pg_sys::IsTransactionBlock() {
            return Some("inside a transaction block, or one of several statements in one message");
        }
        if pg_sys::IsSubTransaction() {
            return Some("inside a subtransaction");
        }
        if pg_sys::MyXactFlags & pg_sys::XACT_FLAGS_PIPELINING as i32 != 0 {
            return Some("pipelined behind another statement");
        }
        // Any other isolation level can fail only before the answer.
        if pg_sys::XactIsoLevel == pg_sys::XACT_SERIALIZABLE as i32 {
            return Some("in a serializable transaction, which can fail when it commits");
        }
        if called_by_sql_of_a_function() {
            return Some("inside a function or a DO block");
        }
        match pg_sys::ActivePortal.as_ref() {
            Some(portal) if is_whole_query(portal, call) => None,
            _ => Some("part of a larger statement"),
        }
    }
}

/// Whether a function that runs SQL is on the stack. SPI has no function that asks; this one does nothing else if there is one.
fn called_by_sql_of_a_function() -> bool {
    // SAFETY: looks for a name among the caller's transition tables, which this name cannot have.
    let answer = unsafe { pg_sys::SPI_unregister_relation(c"eryxon_mcp: no relation".as_ptr()) };
    answer != pg_sys::SPI_ERROR_UNCONNECTED
}

/// Whether the portal's query does nothing but this call, and sends all its rows at once.
///
/// # Safety
/// The portal is active.
unsafe fn is_whole_query(portal: &pg_sys::PortalData, call: CallInfo) -> bool {
    let held = (pg_sys::CURSOR_OPT_HOLD | pg_sys::CURSOR_OPT_SCROLL) as i32;
    // SAFETY: an active portal has a name, and, if it runs one SELECT, a query with its plan.
    unsafe {
        // EXECUTE runs in a hidden portal of its own inside the one that belongs to the statement.
        let is_nested = !portal.visible && *portal.name != 0;
        if portal.strategy != pg_sys::PortalStrategy::PORTAL_ONE_SELECT || portal.cursorOptions & held != 0 || is_nested
        {
            return false;
        }
        let Some(query) = portal.queryDesc.as_ref() else { return false };
        let Some(planned) = query.plannedstmt.as_ref() else { return false };
        let expression = (*(*call).flinfo).fn_expr;
        sends_all_rows(portal.queryDesc)
            && planned.commandType == pg_sys::CmdType::CMD_SELECT
            && planned.subplans.is_null()
            && planned.rowMarks.is_null()
            && !expression.is_null()
            && is_only_call(planned.planTree, expression)
    }
}

/// A client can ask for one row at a time. A query that returns one is then not at its end, and not yet committed.
fn sends_all_rows(query: *mut pg_sys::QueryDesc) -> bool {
    match LAST_RUN.get() {
        Some((running, rows)) => running == query && rows != 1,
        // This very statement has loaded the library, after it was started. Logins made by `create_mcp_gateway` load it when they connect.
        None => true,
    }
}

/// Whether a plan is `SELECT f(…)` or `SELECT … FROM f(…)`, where `f(…)` is this very expression, with at most a cast to text or json.
///
/// # Safety
/// A plan of the planner, and an expression.
unsafe fn is_only_call(plan: *mut pg_sys::Plan, expression: *mut pg_sys::Node) -> bool {
    // SAFETY: the node's tag tells its type.
    unsafe {
        let Some(node) = plan.as_ref() else { return false };
        if !node.qual.is_null() || !node.initPlan.is_null() || !node.lefttree.is_null() || !node.righttree.is_null() {
            return false;
        }
        let columns = PgList::<pg_sys::TargetEntry>::from_pg(node.targetlist);
        let mut values = columns.iter_ptr().map(|column| without_cast((*column).expr.cast()));
        match node.type_ {
            pg_sys::NodeTag::T_Result => {
                let result = plan.cast::<pg_sys::Result>();
                (*result).resconstantqual.is_null()
                    && columns.len() == 1
                    && values.all(|value| std::ptr::eq(value, expression))
            }
            pg_sys::NodeTag::T_FunctionScan => {
                let scan = plan.cast::<pg_sys::FunctionScan>();
                let functions = PgList::<pg_sys::RangeTblFunction>::from_pg((*scan).functions);
                functions.len() == 1
                    && functions.iter_ptr().all(|function| std::ptr::eq((*function).funcexpr, expression))
                    && values.all(|value| (*value).type_ == pg_sys::NodeTag::T_Var)
            }
            _ => false,
        }
    }
}

/// What a cast to text or json, which cannot fail, is applied to; any other expression as it is.
///
/// # Safety
/// An expression.
unsafe fn without_cast(expression: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: the node's tag tells its type.
    unsafe {
        if (*expression).type_ != pg_sys::NodeTag::T_CoerceViaIO {
            return expression;
        }
        let cast = expression.cast::<pg_sys::CoerceViaIO>();
        match (*cast).resulttype {
            pg_sys::TEXTOID | pg_sys::JSONOID => (*cast).arg.cast(),
            _ => expression,
        }
    }
}

/// Notes how many rows the client wants.
pub(super) fn init() {
    // SAFETY: the library is being loaded; nothing runs meanwhile.
    unsafe {
        CHAINED.set(pg_sys::ExecutorRun_hook);
        pg_sys::ExecutorRun_hook = Some(executor_run);
    }
}

unsafe extern "C-unwind" {
    /// PostgreSQL's own function. pgrx's would turn every `ERROR` of a query into a new one, without its constraint's name and position.
    #[cfg(not(feature = "pg18"))]
    fn standard_ExecutorRun(
        query: *mut pg_sys::QueryDesc,
        direction: pg_sys::ScanDirection::Type,
        count: u64,
        execute_once: bool,
    );
    #[cfg(feature = "pg18")]
    fn standard_ExecutorRun(query: *mut pg_sys::QueryDesc, direction: pg_sys::ScanDirection::Type, count: u64);
}

#[cfg(not(feature = "pg18"))]
unsafe extern "C-unwind" fn executor_run(
    query: *mut pg_sys::QueryDesc,
    direction: pg_sys::ScanDirection::Type,
    count: u64,
    execute_once: bool,
) {
    note_run(query, count);
    // SAFETY: hands on what PostgreSQL gave. An ERROR passes through this frame, which owns nothing.
    unsafe {
        match CHAINED.get() {
            Some(chained) => chained(query, direction, count, execute_once),
            None => standard_ExecutorRun(query, direction, count, execute_once),
        }
    }
}

#[cfg(feature = "pg18")]
unsafe extern "C-unwind" fn executor_run(
    query: *mut pg_sys::QueryDesc,
    direction: pg_sys::ScanDirection::Type,
    count: u64,
) {
    note_run(query, count);
    // SAFETY: hands on what PostgreSQL gave. An ERROR passes through this frame, which owns nothing.
    unsafe {
        match CHAINED.get() {
            Some(chained) => chained(query, direction, count),
            None => standard_ExecutorRun(query, direction, count),
        }
    }
}

/// Only of a client's query: what a function runs meanwhile must not replace it.
fn note_run(query: *mut pg_sys::QueryDesc, count: u64) {
    // SAFETY: ActivePortal is null or valid.
    let of_client = unsafe { pg_sys::ActivePortal.as_ref().is_some_and(|portal| portal.queryDesc == query) };
    if of_client {
        LAST_RUN.set(Some((query, count)));
    }
}

//! What PostgreSQL knows of an `ERROR` that was raised in the sandbox, beside its message: the constraint, and whose code raised it.
//!
//! pgrx passes on the message only, and a SQLSTATE only if PostgreSQL itself has it. The rest is taken while the error is raised, by a
//! callback of the kind that adds its CONTEXT.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_void};

use pgrx::pg_sys::elog::PgLogLevel;
use pgrx::{pg_guard, pg_sys};

use super::host_functions;
use crate::core::sqlstate::{may_be_a_rule, unpacked};

/// What is known of an `ERROR`.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its five characters, also of an error class of the host.
    pub sqlstate: String,
    /// The constraint that was violated.
    pub constraint: Option<String>,
    /// The column that was.
    pub column: Option<String>,
    /// Whether RAISE in PL/pgSQL raised it: its message was then written by people for people.
    pub is_raised: bool,
    /// The functions that were running, the innermost last.
    running: Vec<pg_sys::Oid>,
}

impl Origin {
    /// The name of the host's function that was running, the innermost one; `None` if a statement of ours raised the error itself. To be
    /// asked after the subtransaction was rolled back.
    #[must_use]
    pub fn host_function(&self) -> Option<String> {
        self.running.iter().rev().find_map(|function| host_functions::name_of(*function))
    }
}

thread_local! {
    /// The last error that was raised in the sandbox, with its message. SQL may have caught it and raised another one since.
    static LAST: RefCell<Option<(String, Origin)>> = const { RefCell::new(None) };
}

/// The origin of an error with this message.
pub(super) fn of(message: &str) -> Option<Box<Origin>> {
    LAST.with_borrow(|last| {
        last.as_ref().filter(|(last, _)| last == message).map(|(_, origin)| Box::new(origin.clone()))
    })
}

/// Hears of errors as long as it lives.
pub(super) struct Watch {
    callback: Box<pg_sys::ErrorContextCallback>,
}

impl Watch {
    pub(super) fn enter() -> Self {
        LAST.take();
        // SAFETY: the head of a list that belongs to the backend. The new element lives in a box until Drop takes it off the list again.
        unsafe {
            let previous = pg_sys::error_context_stack;
            let callback =
                pg_sys::ErrorContextCallback { previous, callback: Some(remember), arg: std::ptr::null_mut() };
            let mut callback = Box::new(callback);
            pg_sys::error_context_stack = &raw mut *callback;
            Self { callback }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // SAFETY: the head that was found. What was put on the list later is gone: whoever put it there has ended, or an ERROR has.
        unsafe { pg_sys::error_context_stack = self.callback.previous }
    }
}

/// PostgreSQL calls it while it makes an error, a warning or a notice. It takes what it needs and changes nothing.
#[pg_guard]
unsafe extern "C-unwind" fn remember(_arg: *mut c_void) {
    // SAFETY: the code of the error that is being made.
    let sqlstate = unpacked(unsafe { pg_sys::geterrcode() });
    if !may_be_a_rule(&sqlstate) {
        return;
    }
    // SAFETY: a copy of the error that is being made, in memory that lasts until it is freed; its texts end with NUL or are null.
    let remembered = unsafe {
        let context = pg_sys::MemoryContextSwitchTo(pg_sys::TopTransactionContext);
        let error = pg_sys::CopyErrorData();
        pg_sys::MemoryContextSwitchTo(context);
        let remembered = ((*error).elevel >= PgLogLevel::ERROR as i32).then(|| {
            let origin = Origin {
                sqlstate,
                constraint: text((*error).constraint_name),
                column: text((*error).column_name),
                is_raised: text((*error).funcname).as_deref() == Some("exec_stmt_raise"),
                running: host_functions::running(),
            };
            (text((*error).message).unwrap_or_default(), origin)
        });
        pg_sys::FreeErrorData(error);
        remembered
    };
    if remembered.is_some() {
        LAST.set(remembered);
    }
}

/// A text of PostgreSQL, or null.
unsafe fn text(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's pointer is null or points to a text that ends with NUL.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

//! Calls whose transaction was rolled back after they had been admitted. Their record went with it; the server log keeps a line for each.

use std::cell::RefCell;
use std::ffi::c_void;

use pgrx::{pg_guard, pg_sys};
use uuid::Uuid;

use super::report::log_to_server;

/// How many calls of one transaction are remembered by name. The rest is counted.
const REMEMBERED: usize = 100;

struct Admitted {
    correlation_id: Uuid,
    key_prefix: String,
    tool: &'static str,
    /// The subtransaction that the call belongs to.
    subtransaction: pg_sys::SubTransactionId,
}

#[derive(Default)]
struct Calls {
    admitted: Vec<Admitted>,
    more: usize,
}

thread_local! {
    /// The calls that this transaction has admitted.
    static CALLS: RefCell<Calls> = RefCell::default();
}

/// Remembers an admitted call until its transaction ends. Outside the call's own subtransactions, which may fail without ending it.
pub fn remember(correlation_id: Uuid, key_prefix: &str, tool: &'static str) {
    // SAFETY: a plain read of the backend's own state.
    let subtransaction = unsafe { pg_sys::GetCurrentSubTransactionId() };
    CALLS.with_borrow_mut(|calls| {
        if calls.admitted.len() == REMEMBERED {
            calls.more += 1;
        } else {
            calls.admitted.push(Admitted { correlation_id, key_prefix: key_prefix.to_owned(), tool, subtransaction });
        }
    });
}

/// Hears of the end of each transaction.
pub(super) fn init() {
    // SAFETY: the library is being loaded; the functions have the expected types.
    unsafe {
        pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(subtransaction_ends), std::ptr::null_mut());
    }
}

#[pg_guard]
extern "C-unwind" fn transaction_ends(event: pg_sys::XactEvent::Type, _arg: *mut c_void) {
    match event {
        pg_sys::XactEvent::XACT_EVENT_ABORT => CALLS.take().log(),
        pg_sys::XactEvent::XACT_EVENT_COMMIT | pg_sys::XactEvent::XACT_EVENT_PREPARE => drop(CALLS.take()),
        _ => {}
    }
}

#[pg_guard]
extern "C-unwind" fn subtransaction_ends(
    event: pg_sys::SubXactEvent::Type,
    ended: pg_sys::SubTransactionId,
    parent: pg_sys::SubTransactionId,
    _arg: *mut c_void,
) {
    match event {
        pg_sys::SubXactEvent::SUBXACT_EVENT_COMMIT_SUB => CALLS.with_borrow_mut(|calls| {
            for call in calls.admitted.iter_mut().filter(|call| call.subtransaction == ended) {
                call.subtransaction = parent;
            }
        }),
        pg_sys::SubXactEvent::SUBXACT_EVENT_ABORT_SUB => {
            let of_ended = CALLS
                .with_borrow_mut(|calls| calls.admitted.extract_if(.., |call| call.subtransaction == ended).collect());
            Calls { admitted: of_ended, more: 0 }.log();
        }
        _ => {}
    }
}

impl Calls {
    fn log(self) {
        for Admitted { correlation_id, key_prefix, tool, .. } in self.admitted {
            log_to_server(format!(
                "a call was rolled back with its record: correlation id {correlation_id}, key {key_prefix}, tool {tool}"
            ));
        }
        if self.more > 0 {
            log_to_server(format!(
                "{} more calls of the same transaction were rolled back with their records",
                self.more
            ));
        }
    }
}

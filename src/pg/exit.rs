//! What is done when a session ends.

use std::cell::RefCell;

use pgrx::{pg_guard, pg_sys};

type Body = fn();

thread_local! {
    static BODIES: RefCell<Vec<Body>> = const { RefCell::new(Vec::new()) };
}

/// Runs `body` when this backend ends, unless it crashes. The transaction in progress is rolled back before. `body` must not raise, and
/// cannot use the database. The same one is run once.
pub fn at_exit(body: Body) {
    let (is_known, is_first) =
        BODIES.with_borrow(|bodies| (bodies.iter().any(|known| std::ptr::fn_addr_eq(*known, body)), bodies.is_empty()));
    if is_first {
        // SAFETY: the function has the expected type, and lives as long as the process: PostgreSQL never unloads a library.
        unsafe { pg_sys::before_shmem_exit(Some(ends), pg_sys::Datum::null()) }
    }
    if !is_known {
        BODIES.with_borrow_mut(|bodies| bodies.push(body));
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn ends(_code: std::ffi::c_int, _arg: pg_sys::Datum) {
    // SAFETY: what PostgreSQL does itself at this point, before it drops temporary tables. What is registered here runs before that.
    unsafe { pg_sys::AbortOutOfAnyTransaction() }
    let bodies = BODIES.take();
    bodies.into_iter().for_each(|body| body());
}

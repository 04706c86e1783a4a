//! The memory that all backends share. It exists if the library is in `shared_preload_libraries`.
//!
//! pgrx's `PgLwLock` makes its first value on the stack and copies it; ours is a megabyte, and all zero.

use std::cell::UnsafeCell;
use std::ffi::CStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Instant;

use pgrx::{pg_guard, pg_sys};

use crate::core::rates;

/// The calls of the last 60 seconds: of at most 2048 keys, and of 258,048 calls, in 1.1 MiB.
pub type Rates = rates::Rates<256, 4096>;

const NAME: &CStr = c"eryxon_mcp";

#[repr(C)]
struct Shared {
    lock: *mut pg_sys::LWLock,
    rates: UnsafeCell<Rates>,
}

type Hook = Option<unsafe extern "C-unwind" fn()>;

/// The beginning of the clock: when the postmaster loaded the library. Its children inherit it, and `Instant` is the system's monotonic
/// clock, so that all have the same time.
static LOADED: OnceLock<Instant> = OnceLock::new();
/// Null without shared memory.
static SHARED: AtomicPtr<Shared> = AtomicPtr::new(std::ptr::null_mut());
static FORMER_REQUEST: OnceLock<Hook> = OnceLock::new();
static FORMER_STARTUP: OnceLock<Hook> = OnceLock::new();

/// Asks for the memory while the postmaster preloads libraries; later nobody can.
pub(super) fn init() {
    // SAFETY: `_PG_init` runs in a process with one thread; the hooks that were set before are kept and called.
    unsafe {
        if !pg_sys::process_shared_preload_libraries_in_progress || LOADED.set(Instant::now()).is_err() {
            return;
        }
        let _unset = FORMER_REQUEST.set(pg_sys::shmem_request_hook);
        pg_sys::shmem_request_hook = Some(request);
        let _unset = FORMER_STARTUP.set(pg_sys::shmem_startup_hook);
        pg_sys::shmem_startup_hook = Some(start_up);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn request() {
    // SAFETY: PostgreSQL calls this hook when memory may be requested; the former hook is another library's.
    unsafe {
        call(&FORMER_REQUEST);
        pg_sys::RequestAddinShmemSpace(size_of::<Shared>());
        pg_sys::RequestNamedLWLockTranche(NAME.as_ptr(), 1);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn start_up() {
    // SAFETY: PostgreSQL calls this hook when its shared memory exists, again after a crash of a backend. The lock is AddinShmemInitLock,
    // number 21 in all supported versions. The memory is large enough, aligned to a cache line, and ours; all its bytes zero are a valid
    // value.
    unsafe {
        call(&FORMER_STARTUP);
        let making = &raw mut (*pg_sys::MainLWLockArray.add(21)).lock;
        pg_sys::LWLockAcquire(making, pg_sys::LWLockMode::LW_EXCLUSIVE);
        let mut found = false;
        let shared = pg_sys::ShmemInitStruct(NAME.as_ptr(), size_of::<Shared>(), &raw mut found).cast::<Shared>();
        if !found {
            shared.write_bytes(0, 1);
            (*shared).lock = &raw mut (*pg_sys::GetNamedLWLockTranche(NAME.as_ptr())).lock;
            (*shared).rates.get_mut().start(now());
        }
        SHARED.store(shared, Ordering::Relaxed);
        pg_sys::LWLockRelease(making);
    }
}

/// # Safety
/// As the hook's own.
unsafe fn call(former: &OnceLock<Hook>) {
    if let Some(Some(hook)) = former.get() {
        // SAFETY: called as PostgreSQL would have called it; an error passes through.
        unsafe { pg_sys::submodules::ffi::pg_guard_ffi_boundary(|| hook()) }
    }
}

/// It does not begin at 0, so that a call before the start has a time, too.
fn now() -> u64 {
    let elapsed = LOADED.get().map_or(0, |loaded| u64::try_from(loaded.elapsed().as_millis()).unwrap_or(u64::MAX));
    elapsed.saturating_add(rates::WINDOW_MS)
}

/// The rate limits in shared memory with the time in milliseconds, locked while `body` runs; `None` without shared memory. `body` may not
/// call PostgreSQL.
pub fn rates<T>(body: impl FnOnce(&mut Rates, u64) -> T) -> Option<T> {
    // SAFETY: the pointer is null or to the memory that `start_up` has filled, which lives as long as the process.
    let shared = unsafe { SHARED.load(Ordering::Relaxed).as_ref() }?;
    let locked = Locked::new(shared.lock);
    // SAFETY: the lock is held exclusively, until `locked` is dropped.
    let outcome = body(unsafe { &mut *shared.rates.get() }, now());
    drop(locked);
    Some(outcome)
}

/// The database that this backend is connected to.
#[must_use]
pub fn database() -> u32 {
    // SAFETY: a plain read of the backend's own state.
    unsafe { pg_sys::MyDatabaseId.to_u32() }
}

/// How many milliseconds ago the server started.
#[must_use]
pub fn server_age_ms() -> i64 {
    // SAFETY: plain reads of the backend's own state and of the clock.
    unsafe { (pg_sys::GetCurrentTimestamp() - pg_sys::PgStartTime) / 1000 }
}

/// A lock, which is released even if a panic passes through. An `ERROR` cannot, because nothing under the lock calls PostgreSQL.
struct Locked(*mut pg_sys::LWLock);

impl Locked {
    fn new(lock: *mut pg_sys::LWLock) -> Self {
        // SAFETY: the lock is in shared memory and initialised.
        unsafe { pg_sys::LWLockAcquire(lock, pg_sys::LWLockMode::LW_EXCLUSIVE) };
        Self(lock)
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // SAFETY: `new` has acquired it.
        unsafe { pg_sys::LWLockRelease(self.0) }
    }
}

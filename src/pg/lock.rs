//! Locks on numbers that SQL cannot take, unlike advisory locks, which every login may take as well. They belong to one of our tables, as
//! those by which PostgreSQL keeps an object from being changed belong to a catalog, and are released when the transaction ends.

use std::hash::{DefaultHasher, Hash, Hasher};

use pgrx::pg_sys;

use super::session;

/// Waits for the lock.
pub fn wait_for(what: impl Hash, number: u16) {
    lock(what, number, false);
}

/// Takes the lock unless somebody else has it. Whether it is taken.
pub fn take(what: impl Hash, number: u16) -> bool {
    lock(what, number, true)
}

/// Two things with the same hash share their locks, which merely makes somebody wait.
fn lock(what: impl Hash, number: u16, dont_wait: bool) -> bool {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    // SAFETY: inside a transaction. The tag is one of an object, as in PostgreSQL's SET_LOCKTAG_OBJECT; its class is no catalog, so nothing
    // else uses it.
    unsafe {
        let tag = pg_sys::LOCKTAG {
            locktag_field1: pg_sys::MyDatabaseId.to_u32(),
            locktag_field2: session::settings_table().to_u32(),
            // The lower half.
            locktag_field3: hasher.finish() as u32,
            locktag_field4: number,
            locktag_type: pg_sys::LockTagType::LOCKTAG_OBJECT as u8,
            locktag_lockmethodid: pg_sys::DEFAULT_LOCKMETHOD as u8,
        };
        let outcome = pg_sys::LockAcquire(&tag, pg_sys::ExclusiveLock as pg_sys::LOCKMODE, false, dont_wait);
        outcome != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
    }
}

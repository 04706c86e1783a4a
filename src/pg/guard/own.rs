//! What `ALTER ROLE … SET` says about the session's login. A start-up option of the client hides it from the session.

use std::ffi::CString;
use std::num::NonZeroUsize;

use pgrx::{FromDatum, pg_sys};

/// `pg_db_role_setting`, its index on its two keys, and its columns.
const SETTINGS: u32 = 2964;
const KEYS: u32 = 2965;
const DATABASE: i16 = 1;
const ROLE: i16 = 2;
const TEXTS: NonZeroUsize = NonZeroUsize::new(3).expect("not zero");

/// The login's settings: for all databases, then for this one, whose values hold.
///
/// Not by a query: in the first statement of a transaction, that would take the transaction's snapshot before its isolation level is known.
pub(super) fn settings(login: pg_sys::Oid) -> Vec<(CString, CString)> {
    // SAFETY: a plain read of the backend's own state.
    let here = unsafe { pg_sys::MyDatabaseId };
    let texts = [pg_sys::InvalidOid, here].into_iter().flat_map(|database| of(database, login));
    let pair = |text: String| {
        let (name, value) = text.split_once('=')?;
        Some((CString::new(name).ok()?, CString::new(value).ok()?))
    };
    texts.filter_map(pair).collect()
}

fn of(database: pg_sys::Oid, login: pg_sys::Oid) -> Vec<String> {
    // SAFETY: a scan of a catalog by its index, inside a transaction. The text array is copied before the scan ends.
    unsafe {
        let mut keys = [pg_sys::ScanKeyData::default(); 2];
        for (key, (column, value)) in keys.iter_mut().zip([(DATABASE, database), (ROLE, login)]) {
            let equal = pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber;
            pg_sys::ScanKeyInit(key, column, equal, pg_sys::Oid::from(pg_sys::F_OIDEQ), value.into());
        }
        let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
        let relation = pg_sys::table_open(pg_sys::Oid::from(SETTINGS), lock);
        let index = pg_sys::Oid::from(KEYS);
        let scan = pg_sys::systable_beginscan(relation, index, true, std::ptr::null_mut(), 2, keys.as_mut_ptr());
        let row = pg_sys::systable_getnext(scan);
        let texts = if row.is_null() {
            None
        } else {
            let datum = pgrx::htup::heap_getattr_raw(row, TEXTS, (*relation).rd_att);
            datum.and_then(|datum| Vec::<String>::from_datum(datum, false))
        };
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, lock);
        texts.unwrap_or_default()
    }
}

//! Verifying a key's secret: its fingerprint first, then bcrypt, once per backend.
//!
//! A wrong key costs one SHA-256. bcrypt is what admits a right one: a fingerprint that does not belong to the hash admits nothing.

use std::cell::RefCell;
use std::collections::HashMap;

use super::key::Row;
use crate::core::key::ApiKey;
use crate::names::VERIFIED_KEYS_PER_BACKEND;

thread_local! {
    /// Maps the SHA-256 of a key to the bcrypt hash that it was verified against. Every call still reads the key's row, and an entry is
    /// valid only as long as the row has that hash. It thus cannot outlive a rotation, and revocation does not depend on it.
    static VERIFIED: RefCell<HashMap<[u8; 32], String>> = RefCell::new(HashMap::new());
}

/// What an unknown prefix is compared with, so that it takes the same time as a wrong key. No known key has this fingerprint.
const NOBODYS_FINGERPRINT: [u8; 32] = [0; 32];

/// The row among those of taken-over keys that the key belongs to: one bcrypt for each that is active, of which there are few. A wrong key
/// thus takes longer than others, which shows that its short prefix is known; but that stands in lists anyway.
pub(super) fn claimed_of(key: &ApiKey, rows: Vec<Row>) -> Option<Row> {
    rows.into_iter().find(|row| row.active && row.fingerprint.is_none() && proved(key, row))
}

/// The row, if the key has its fingerprint. If the row has none, bcrypt decides.
pub(super) fn claimed(key: &ApiKey, row: Option<Row>) -> Option<Row> {
    let fingerprint = row.as_ref().map_or(Some(NOBODYS_FINGERPRINT), |row| row.fingerprint);
    let right = match fingerprint {
        Some(fingerprint) => key.has_fingerprint(&fingerprint),
        None => row.as_ref().is_some_and(|row| proved(key, row)),
    };
    row.filter(|_| right)
}

/// Whether bcrypt has found, now or earlier in this backend, that the key matches the row's hash.
pub(super) fn proved(key: &ApiKey, row: &Row) -> bool {
    let fingerprint = key.fingerprint();
    if VERIFIED.with_borrow(|verified| verified.get(&fingerprint).is_some_and(|hash| *hash == row.hash)) {
        return true;
    }
    if !key.matches(&row.hash) {
        return false;
    }
    VERIFIED.with_borrow_mut(|verified| {
        // A backend that serves more keys than this has to verify some of them again. That takes 50 ms each, and is never wrong.
        if verified.len() >= VERIFIED_KEYS_PER_BACKEND {
            verified.clear();
        }
        verified.insert(fingerprint, row.hash.clone());
    });
    true
}

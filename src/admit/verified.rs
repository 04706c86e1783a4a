//! The secret part of a key: bcrypt once, then a look at what this backend already verified.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::key::Row;
use crate::core::key::{ApiKey, Environment};
use crate::names::VERIFIED_KEYS_PER_BACKEND;

thread_local! {
    /// SHA-256 of a key to the bcrypt hash that it was verified against. The row is still read by every call and the entry counts only
    /// while the row's hash is the same, so it cannot outlive a rotation, and a revocation does not depend on it.
    static VERIFIED: RefCell<HashMap<[u8; 32], String>> = RefCell::new(HashMap::new());
}

/// A hash that nobody has the key of: a prefix without a row costs one bcrypt, too, so that the time does not tell them apart.
static NOBODYS_HASH: LazyLock<String> = LazyLock::new(|| {
    ApiKey::generate(Environment::Live)
        .ok()
        .and_then(|key| key.hash().ok())
        .expect("the operating system gives random numbers")
});

/// Whether the key is the one whose row was found.
pub(super) fn verify(key: &ApiKey, row: Option<&Row>) -> bool {
    let Some(row) = row else {
        return key.matches(&NOBODYS_HASH) && false;
    };
    let fingerprint = key.fingerprint();
    let known = VERIFIED.with_borrow(|verified| verified.get(&fingerprint).is_some_and(|hash| *hash == row.hash));
    if known {
        return true;
    }
    let matches = key.matches(&row.hash);
    if matches {
        VERIFIED.with_borrow_mut(|verified| {
            // A backend that serves more keys than this verifies some of them again: 50 ms each, never a wrong answer.
            if verified.len() >= VERIFIED_KEYS_PER_BACKEND {
                verified.clear();
            }
            verified.insert(fingerprint, row.hash.clone());
        });
    }
    matches
}

//! Verifying a key's secret: once by bcrypt, then from the backend's cache of verified keys.

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

/// The hash of a discarded key. An unknown prefix also costs one bcrypt, so that timing does not reveal which prefixes exist.
const UNKNOWN_KEYS_HASH: &str = "$2b$10$BpY/zaYLqps0TytFjO.HEejR7sy6a05SANanyDvlRhXV3y0eiJiUa";

/// The row, if the key matches its hash.
pub(super) fn verified(key: &ApiKey, row: Option<Row>) -> Option<Row> {
    let Some(row) = row else {
        let _equal_work = key.matches(UNKNOWN_KEYS_HASH);
        return None;
    };
    let fingerprint = key.fingerprint();
    let known = VERIFIED.with_borrow(|verified| verified.get(&fingerprint).is_some_and(|hash| *hash == row.hash));
    if known {
        return Some(row);
    }
    if !key.matches(&row.hash) {
        return None;
    }
    VERIFIED.with_borrow_mut(|verified| {
        // A backend that serves more keys than this has to verify some of them again. That takes 50 ms each, and is never wrong.
        if verified.len() >= VERIFIED_KEYS_PER_BACKEND {
            verified.clear();
        }
        verified.insert(fingerprint, row.hash.clone());
    });
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_costs_as_much_as_a_known_one() {
        let parts: bcrypt::HashParts = UNKNOWN_KEYS_HASH.parse().expect("a bcrypt hash");
        assert_eq!(parts.get_cost(), crate::core::key::BCRYPT_COST);
    }
}

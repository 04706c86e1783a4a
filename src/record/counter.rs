//! How often a key was used, and when last.

use uuid::Uuid;

use crate::pg::query;
use crate::{sql_args, statement};

statement! {
    static USE = include_str!("use.sql"); [Uuid, Uuid];
}

/// Counts a use of a key. It never waits for another transaction: it takes one of the key's counters that nobody has locked, or adds one.
pub fn used(tenant: Uuid, key: Uuid) {
    query::write(&USE, sql_args![key, tenant], |_| Ok(()));
}

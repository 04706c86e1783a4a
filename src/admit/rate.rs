//! The rate limit: at most `rate_limit` calls per key in any 60 seconds, across all connections.
//!
//! A key has one slot for each allowed call, and a call takes a slot that has not been taken for 60 seconds. Two uses of a slot are thus
//! at least 60 seconds apart, and no period of 60 seconds contains more calls than there are slots. A running call holds a lock on its
//! slot's row, which other calls skip (SKIP LOCKED), so calls of one key never wait for each other. A transaction that is rolled back
//! releases its slot with everything else.

use uuid::Uuid;

use crate::pg::query;
use crate::{sql_args, statement};

statement! {
    static TAKE_SLOT = include_str!("take_slot.sql"); [Uuid, Int4];
    static NEXT_FREE_SLOT = include_str!("next_free_slot.sql"); [Uuid, Int4];
}

/// Counts one call against the limit.
///
/// # Errors
/// The number of milliseconds until the next slot is free.
pub(super) fn take(key: Uuid, limit: i32) -> Result<(), i64> {
    let args = sql_args![key, limit];
    if query::write(&TAKE_SLOT, args, |rows| Ok(!rows.is_empty())) {
        return Ok(());
    }
    Err(query::read(&NEXT_FREE_SLOT, sql_args![key, limit], query::first).unwrap_or(60_000))
}

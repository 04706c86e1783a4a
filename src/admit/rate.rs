//! The rate limit: at most `rate_limit` calls of a key in any 60 seconds, over all connections.
//!
//! A key has as many slots as calls; a call takes one that nobody took for 60 seconds. So two uses of a slot are 60 seconds apart, and
//! no 60 seconds hold more calls than there are slots. A running call keeps its slot's row locked, and others step over it
//! (SKIP LOCKED): calls of one key never wait for each other. A transaction that fails gives its slot back with everything else.

use uuid::Uuid;

use crate::pg::query;
use crate::sql_args;

/// Takes one call off the limit.
///
/// # Errors
/// In how many milliseconds the next slot is free.
pub(super) fn take(key: Uuid, limit: i32) -> Result<(), i64> {
    let args = sql_args![key, limit];
    if query::write(include_str!("take_slot.sql"), args, |rows| Ok(!rows.is_empty())) {
        return Ok(());
    }
    Err(query::read(include_str!("next_free_slot.sql"), sql_args![key, limit], |rows| rows.first().get_one())
        .unwrap_or(60_000))
}

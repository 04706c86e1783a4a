//! The rate limit: at most `rate_limit` calls per key in any 60 seconds, across all connections.
//!
//! It has two forms: in shared memory ([`crate::core::rates`]) if the library is in `shared_preload_libraries`, and otherwise, or for keys
//! that have no place there, in a table ([`table`]). Neither waits for another call. A call whose transaction is rolled back counts in the
//! first form and not in the second.

mod table;

use uuid::Uuid;

use crate::core::rates::{Answer, KeyId, WINDOW_MS};
use crate::pg::query;
use crate::pg::settings::planned_with_indexes;
use crate::pg::shared;
use crate::{sql_args, statement};

statement! {
    static RECENT = include_str!("recent.sql"); [Uuid, Int4];
}

/// Counts one call against the limit.
///
/// # Errors
/// The number of milliseconds until a call is admitted again.
pub(super) fn take(key: Uuid, limit: i32) -> Result<(), i64> {
    let id = KeyId { database: shared::database(), key: key.into_bytes() };
    let all = u32::try_from(limit).unwrap_or_default();
    loop {
        let answer = shared::rates(|rates, now| (rates.take(id, all, now), rates.age_ms(now)));
        let (limit, age_ms) = match answer {
            None => (limit, shared::server_age_ms()),
            Some((Answer::Admitted, _)) => return Ok(()),
            Some((Answer::Refused { retry_after_ms }, _)) => return Err(milliseconds(retry_after_ms)),
            Some((Answer::Unknown, _)) => {
                let ages = recent(key, limit);
                shared::rates(|rates, now| rates.begin(id, &ages, now));
                continue;
            }
            Some((Answer::Elsewhere { limit }, age_ms)) => {
                (i32::try_from(limit).unwrap_or(i32::MAX), milliseconds(age_ms.unwrap_or(WINDOW_MS)))
            }
        };
        in_table(key, limit, age_ms)?;
        return match shared::rates(|rates, now| rates.counted(id, all, now)) {
            None | Some(true) => Ok(()),
            // The next call will be told when to come again.
            Some(false) => Err(1000),
        };
    }
}

/// Calls that were counted in shared memory before the server started have no row in the table.
fn in_table(key: Uuid, limit: i32, age_ms: i64) -> Result<(), i64> {
    let before = if (0..milliseconds(WINDOW_MS)).contains(&age_ms) {
        i32::try_from(table::calls_before_the_start(key, age_ms)).unwrap_or(i32::MAX)
    } else {
        0
    };
    table::take(key, limit.saturating_sub(before))
}

/// The ages of the newest recorded calls of the last 60 seconds, the oldest first. A call is recorded when it ends, so that it counts at
/// most longer than it should.
fn recent(key: Uuid, limit: i32) -> Vec<u32> {
    let ages: Option<Vec<i32>> = planned_with_indexes(|| query::write(&RECENT, sql_args![key, limit], query::first));
    ages.unwrap_or_default().into_iter().map(|age| u32::try_from(age).unwrap_or_default()).collect()
}

fn milliseconds(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! The table form: a slot, which is a row, for each call that a key made in 60 seconds.
//!
//! A key has at most `rate_limit` slots, and a call takes one that has not been taken for 60 seconds, or adds one. Two uses of a slot are
//! thus at least 60 seconds apart, and no period of 60 seconds contains more calls than there are slots. A running call holds a lock on
//! its slot's row, which other calls skip, so calls of one key never wait for each other. A transaction that is rolled back gives its slot
//! back with everything else.
//!
//! The slot that was free longest is found by an index on the time of use. Every use leaves a dead entry at the front of that index, so a
//! backend begins behind the slot that it took last. This is only a starting point: a slot in front of it, which an aborted call gave
//! back, is found by a sweep over all of them before a call is refused.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use pgrx::datum::TimestampWithTimeZone;
use uuid::Uuid;

use crate::names::VERIFIED_KEYS_PER_BACKEND;
use crate::pg::lock;
use crate::pg::query::{self, Access, Rows, SqlResult};
use crate::pg::settings::planned_with_indexes;
use crate::pg::statement::{Choice, Part, Statement};
use crate::{sql_args, statement};

/// A slot that is free because its use is 60 seconds ago, or because it lies in the future: then the clock was set back, and a slot must
/// not stay taken until the clock arrives there. `clock_timestamp()` itself, which an index cannot use, is evaluated again for a row that
/// another call took in the meantime.
const FREE: &[Part] = &[
    Part::one_of(
        "free",
        "past",
        "free",
        "used_at >= $3 AND used_at <= (SELECT pg_catalog.clock_timestamp() - interval '60 seconds')",
    ),
    Part::one_of(
        "free",
        "future",
        "free",
        "used_at >= $3 AND used_at > (SELECT pg_catalog.clock_timestamp()) AND used_at > pg_catalog.clock_timestamp()",
    ),
];

/// The numbers that a new slot may have: those after the last, or any that is missing because the call that added it was rolled back.
const NUMBERS: &[Part] = &[
    Part::one_of("numbers", "next", "numbers", include_str!("next_numbers.sql")),
    Part::one_of("numbers", "missing", "numbers", include_str!("missing_numbers.sql")),
];

statement! {
    static TAKE = include_str!("take.sql"); [Uuid, Int4, Timestamptz] => parts(&[FREE]);
    static CANDIDATES = "SELECT slot FROM ({{numbers}} OFFSET 0) numbers LIMIT 200"; [Uuid, Int4] => parts(&[NUMBERS]);
    static CREATE = include_str!("create.sql"); [Uuid, Int4];
    static SURPLUS = include_str!("surplus.sql"); [Uuid, Int4];
    static RETRY_AFTER = include_str!("retry_after.sql"); [Uuid];
    static BEFORE = include_str!("before.sql"); [Uuid, Int8];
}

/// What this backend remembers about a key's slots.
#[derive(Default, Clone, Copy)]
struct Place {
    /// The limit of the last call.
    limit: i32,
    /// There are slots with a number above the limit.
    surplus: bool,
    /// The former time of use of the slot that was taken last: most older ones have been taken since.
    from: Option<TimestampWithTimeZone>,
    /// When the last sweep ended, if it was in vain, and how long it took.
    swept: Option<(Instant, Duration)>,
}

thread_local! {
    static PLACES: RefCell<HashMap<Uuid, Place>> = RefCell::default();
}

/// Takes a slot.
///
/// # Errors
/// The number of milliseconds until the next slot is free.
pub(super) fn take(key: Uuid, limit: i32) -> Result<(), i64> {
    let slots = Slots { key, limit };
    let mut place = PLACES.with_borrow(|places| places.get(&key).copied()).unwrap_or_default();
    let taken = planned_with_indexes(|| slots.take(&mut place));
    PLACES.with_borrow_mut(|places| {
        if places.len() >= VERIFIED_KEYS_PER_BACKEND {
            places.clear();
        }
        places.insert(key, place);
    });
    if taken { Ok(()) } else { Err(planned_with_indexes(|| slots.retry_after_ms())) }
}

/// The calls that were recorded in the last 60 seconds and before the server started, `started_ms` ago, and have no slot: the library was
/// preloaded then, and they were counted in shared memory.
pub(super) fn calls_before_the_start(key: Uuid, started_ms: i64) -> i64 {
    planned_with_indexes(|| query::write(&BEFORE, sql_args![key, started_ms], query::first).unwrap_or_default())
}

/// The slots of a key. Their statements need a new snapshot each, hence [`Access::Write`].
struct Slots {
    key: Uuid,
    limit: i32,
}

impl Slots {
    fn take(&self, place: &mut Place) -> bool {
        let lowered = self.limit < place.limit || place.limit == 0;
        place.limit = self.limit;
        if self.limit <= 0 {
            return false;
        }
        if lowered || place.surplus {
            let (surplus, recent) = self.surplus();
            place.surplus = surplus > 0;
            // Slots above the limit may have been used in the last 60 seconds; those uses count, too.
            if place.surplus && recent >= i64::from(self.limit) {
                return false;
            }
        }
        if let Some(former) = self.free("past", place.from) {
            place.from = Some(former);
            return true;
        }
        self.create("next") || self.sweep(place)
    }

    /// Looks at all slots. It may take longer than the rest of an admission, so that it is left out if sweeps in vain would take more than
    /// a tenth of the time. Otherwise a flood of refused calls would cost the more, the higher the limit.
    fn sweep(&self, place: &mut Place) -> bool {
        if place.swept.is_some_and(|(ended, took)| ended.elapsed() < took * 10) {
            return false;
        }
        let began = Instant::now();
        // Without a starting point, the past has been looked through.
        let former = place.from.and_then(|_| self.free("past", None));
        let found = former.is_some() || self.free("future", None).is_some() || self.create("missing");
        place.from = former.or(place.from);
        place.swept = (!found).then(|| (Instant::now(), began.elapsed()));
        found
    }

    /// Takes the slot that was free longest, and returns when it was used before.
    fn free(&self, when: &'static str, from: Option<TimestampWithTimeZone>) -> Option<TimestampWithTimeZone> {
        let from = from.unwrap_or_else(TimestampWithTimeZone::negative_infinity);
        self.run(&TAKE, when, sql_args![self.key, self.limit, from], query::first)
    }

    /// Adds a slot. Each number is tried by one call at a time, because an insert waits for another transaction's row of the same number.
    fn create(&self, numbers: &'static str) -> bool {
        loop {
            let numbers: Vec<i32> = self.run(&CANDIDATES, numbers, sql_args![self.key, self.limit], |rows| {
                rows.map(|row| row.get::<i32>(1)).filter_map(Result::transpose).collect()
            });
            // The locks have 16 bits; a limit is at most 10,000.
            let is_taken = |slot: &i32| u16::try_from(*slot).is_ok_and(|slot| lock::take(self.key, slot));
            let Some(candidate) = numbers.into_iter().find(is_taken) else { return false };
            // One that was not created was added and committed by another call meanwhile: the next snapshot sees it.
            if self.run(&CREATE, "", sql_args![self.key, candidate], query::first::<bool>) == Some(true) {
                return true;
            }
        }
    }

    /// Removes the slots above the limit that are free. Returns how many remain, and how many of all slots are taken.
    fn surplus(&self) -> (i64, i64) {
        self.run(&SURPLUS, "", sql_args![self.key, self.limit], |rows| {
            let (surplus, recent) = rows.first().get_two::<i64, i64>()?;
            Ok((surplus.unwrap_or_default(), recent.unwrap_or_default()))
        })
    }

    fn retry_after_ms(&self) -> i64 {
        self.run(&RETRY_AFTER, "", sql_args![self.key], query::first).unwrap_or(60_000)
    }

    fn run<T>(
        &self,
        statement: &'static Statement,
        part: &'static str,
        args: &[query::Arg<'_>],
        take: impl FnOnce(Rows<'_>) -> SqlResult<T>,
    ) -> T {
        let mut choice = Choice::none();
        choice.when(part, !part.is_empty());
        query::own(statement, Access::Write, &choice, args, take)
    }
}

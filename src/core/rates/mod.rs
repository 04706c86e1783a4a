//! The shared-memory form of the rate limit: the times of each key's calls of the last 60 seconds, in one pool.
//!
//! A call is admitted if fewer than `rate_limit` times of its key are in the pool, and adds its own, which no rollback takes away. The
//! pool needs as much memory as there were calls, whatever the limits, and each call costs the same.
//!
//! The pool has a fixed size. A key that has no place in it is counted in a table instead, and so that no period of 60 seconds contains
//! more calls than the limit when a key changes from one form to the other, the pool knows for each key whether it has all of its calls:
//!
//! - *complete*: it has, and decides;
//! - *draining*: there was no memory for another time. The table admits what the limit leaves beside the times that are still in the pool;
//! - *recording*: the table decides, and what it admits is added to the pool. After 60 seconds the pool has all of the key's calls.
//!
//! A key that is not in the pool has made no call in 60 seconds, unless it was left out because the pool was full, or the server has just
//! started: then its calls are in the usage log.
//!
//! Times are milliseconds of a clock that never goes back; the clock of the day plays no part.

mod chunks;
#[cfg(test)]
mod tests;

use chunks::{Chunks, Queue};

/// The length of the period in which calls are counted.
pub const WINDOW_MS: u64 = 60_000;
/// How many keys share a place: a key is looked for, and left out, among these only.
const WAYS: usize = 8;
/// How often all keys' old times are removed at most, to find memory.
const SWEEP_MS: u64 = 1000;

/// A key in one of the cluster's databases. A copy of a database has the same ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId {
    /// The database's OID, which is not 0.
    pub database: u32,
    /// The key's id.
    pub key: [u8; 16],
}

/// Whether a call is admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is, and it is counted.
    Admitted,
    /// The limit is used up.
    Refused {
        /// How long until a call is admitted again.
        retry_after_ms: u64,
    },
    /// The server started less than 60 seconds ago: [`Rates::begin`] needs the calls in the usage log.
    Unknown,
    /// The table decides, under this limit. What it admits is told to [`Rates::counted`].
    Elsewhere {
        /// The limit that remains for the table.
        limit: u32,
    },
}

/// Where a key's calls of the last 60 seconds are.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Complete = 0,
    Draining = 1,
    Recording = 2,
}

#[repr(C)]
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// 0: no key.
    database: u32,
    key: [u8; 16],
    state: State,
    times: Queue,
    /// Since when a recording entry has had all calls.
    since: u64,
    /// Until when it must be kept: 60 seconds after the last call.
    until: u64,
}

/// The pool: at most `8 * SETS` keys and `63 * CHUNKS` times. All its bytes zero is an empty one.
#[repr(C)]
#[derive(Debug)]
pub struct Rates<const SETS: usize, const CHUNKS: usize> {
    sets: [[Entry; WAYS]; SETS],
    chunks: Chunks<CHUNKS>,
    /// Until when a key that is not in the pool may have calls in the usage log.
    young_until: u64,
    /// Until when a key that is not in the pool may have calls in the table.
    untracked_until: u64,
    next_sweep: u64,
}

impl<const SETS: usize, const CHUNKS: usize> Rates<SETS, CHUNKS> {
    /// Begins at this time with an empty pool.
    pub fn start(&mut self, now: u64) {
        self.young_until = now + WINDOW_MS;
    }

    /// How long ago the pool began, as long as that is less than 60 seconds.
    #[must_use]
    pub fn age_ms(&self, now: u64) -> Option<u64> {
        self.young_until.checked_sub(now).filter(|rest| *rest > 0).map(|rest| WINDOW_MS.saturating_sub(rest))
    }

    /// Admits or refuses a call.
    pub fn take(&mut self, id: KeyId, limit: u32, now: u64) -> Answer {
        let (set, way) = match self.find(id) {
            Some(place) => place,
            None if now < self.young_until && now >= self.untracked_until => return Answer::Unknown,
            None => match self.insert(id, now) {
                Some(place) => place,
                None => return Answer::Elsewhere { limit },
            },
        };
        self.expire(set, way, now);
        let entry = &mut self.sets[set][way];
        if entry.state == State::Draining && entry.times.len() == 0 {
            (entry.state, entry.since) = (State::Recording, now);
        }
        if entry.state == State::Recording && now >= entry.since + WINDOW_MS {
            entry.state = State::Complete;
        }
        let (state, times) = (entry.state, entry.times);
        match state {
            State::Recording => Answer::Elsewhere { limit },
            State::Draining => Answer::Elsewhere { limit: limit.saturating_sub(times.len()) },
            State::Complete if times.len() >= limit => {
                // After the limit was lowered, there can be more times than it allows. As many must expire that one less than it remains.
                let last = times.nth(&self.chunks, times.len() - limit);
                let age = last.map_or(0, |time| age_of(time, now));
                Answer::Refused { retry_after_ms: WINDOW_MS.saturating_sub(age).max(1) }
            }
            State::Complete if self.push(set, way, now, now) => Answer::Admitted,
            State::Complete => {
                self.sets[set][way].state = State::Draining;
                Answer::Elsewhere { limit: limit - times.len() }
            }
        }
    }

    /// After [`Answer::Unknown`]: gives the pool the ages of the calls in the usage log, the oldest first, unless another process did so.
    pub fn begin(&mut self, id: KeyId, ages_ms: &[u32], now: u64) {
        if self.find(id).is_some() {
            return;
        }
        let Some((set, way)) = self.insert(id, now) else { return };
        for age in ages_ms {
            let at = now.saturating_sub(u64::from(*age));
            if now - at < WINDOW_MS && !self.push(set, way, at, now) {
                // As if the table had admitted those for which there is no memory. It looks into the log itself.
                self.forget(set, way, now);
                return;
            }
        }
    }

    /// After [`Answer::Elsewhere`]: the table has admitted the call. Returns whether that holds; it does not if the pool has become complete
    /// in the meantime and the limit is used up.
    pub fn counted(&mut self, id: KeyId, limit: u32, now: u64) -> bool {
        let Some((set, way)) = self.find(id) else {
            self.untracked_until = now + WINDOW_MS;
            return true;
        };
        self.expire(set, way, now);
        let entry = &mut self.sets[set][way];
        entry.until = now + WINDOW_MS;
        match entry.state {
            State::Draining => true,
            State::Complete if entry.times.len() >= limit => false,
            State::Complete | State::Recording => {
                if !self.push(set, way, now, now) {
                    self.forget(set, way, now);
                }
                true
            }
        }
    }

    /// There was no memory for a time that the table has admitted: what the pool has is worthless, and recording begins again.
    fn forget(&mut self, set: usize, way: usize, now: u64) {
        let entry = &mut self.sets[set][way];
        entry.times.clear(&mut self.chunks);
        (entry.state, entry.since, entry.until) = (State::Recording, now, now + WINDOW_MS);
    }

    fn find(&self, id: KeyId) -> Option<(usize, usize)> {
        let set = set_of::<SETS>(id);
        let way = self.sets[set].iter().position(|entry| entry.database == id.database && entry.key == id.key)?;
        Some((set, way))
    }

    /// Gives a key a place, which is taken from one that made no call in 60 seconds. `None` if there is none; then a key is left out.
    fn insert(&mut self, id: KeyId, now: u64) -> Option<(usize, usize)> {
        let set = set_of::<SETS>(id);
        let free = |entry: &Entry| entry.database == 0;
        let Some(way) =
            self.sets[set].iter().position(free).or_else(|| self.sets[set].iter().position(|entry| entry.until <= now))
        else {
            self.untracked_until = now + WINDOW_MS;
            return None;
        };
        let state = if now < self.untracked_until { State::Recording } else { State::Complete };
        let entry = &mut self.sets[set][way];
        entry.times.clear(&mut self.chunks);
        *entry = Entry { database: id.database, key: id.key, state, times: Queue::EMPTY, since: now, until: now };
        Some((set, way))
    }

    /// Adds a call at this time, if there is memory.
    fn push(&mut self, set: usize, way: usize, at: u64, now: u64) -> bool {
        if !self.sets[set][way].times.push(&mut self.chunks, time_of(at)) {
            if now < self.next_sweep {
                return false;
            }
            self.next_sweep = now + SWEEP_MS;
            for set in 0..SETS {
                for way in 0..WAYS {
                    self.expire(set, way, now);
                }
            }
            if !self.sets[set][way].times.push(&mut self.chunks, time_of(at)) {
                return false;
            }
        }
        let entry = &mut self.sets[set][way];
        entry.until = entry.until.max(at + WINDOW_MS);
        true
    }

    /// Removes an entry's times of more than 60 seconds ago.
    fn expire(&mut self, set: usize, way: usize, now: u64) {
        let entry = &mut self.sets[set][way];
        // The times wrap after 49 days: those of a key that was not used since must not seem new.
        if entry.until <= now {
            entry.times.clear(&mut self.chunks);
            return;
        }
        while let Some(oldest) = entry.times.nth(&self.chunks, 0)
            && age_of(oldest, now) >= WINDOW_MS
        {
            entry.times.pop(&mut self.chunks);
        }
    }
}

/// A time as the pool stores it. Only differences of less than a minute are made of it, so that it may wrap.
#[expect(clippy::cast_possible_truncation, reason = "it wraps")]
const fn time_of(now: u64) -> u32 {
    now as u32
}

/// How long ago a stored time was. One that lies ahead of `now` is not long ago.
fn age_of(time: u32, now: u64) -> u64 {
    let age = time_of(now).wrapping_sub(time);
    u64::from(if age > u32::MAX / 2 { 0 } else { age })
}

/// The ids are random, or hashes of names.
fn set_of<const SETS: usize>(id: KeyId) -> usize {
    let [a, b, c, d, ..] = id.key;
    let hash = u32::from_le_bytes([a, b, c, d]) ^ id.database;
    hash as usize % SETS
}

//! What this backend has counted but not yet written: refused calls whose transaction is rolled back, or whose row could not be written.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::core::redact;
use crate::names::MAX_REFUSED_SAMPLES;
use crate::pg::report::log_to_server;
use crate::pg::subtransaction::Raised;

/// How many keys and reasons are told apart. Beyond that, calls are counted under their reason only.
const MOST: usize = 64;
/// At most one line in the server log per backend and period.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// Refused calls of one key, for one reason.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Count {
    pub(super) tenant: Option<Uuid>,
    pub(super) key: Option<Uuid>,
    pub(super) reason: &'static str,
    pub(super) calls: i64,
    /// The time of the first and of the last call, in seconds since 1970.
    pub(super) first: f64,
    pub(super) last: f64,
    pub(super) tools: Vec<String>,
    pub(super) clients: Vec<String>,
    pub(super) prefixes: Vec<String>,
}

thread_local! {
    static PENDING: RefCell<Vec<Count>> = const { RefCell::new(Vec::new()) };
    static REPORTED: Cell<Option<Instant>> = const { Cell::new(None) };
    /// A minute, and the part of its rows that this backend can write without waiting.
    static PART: Cell<(i64, i32)> = const { Cell::new((0, 0)) };
}

impl Count {
    fn is_like(&self, other: &Self) -> bool {
        (self.tenant, self.key, self.reason) == (other.tenant, other.key, other.reason)
    }

    fn merge(&mut self, other: Self) {
        self.calls += other.calls;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        let mine = [&mut self.tools, &mut self.clients, &mut self.prefixes];
        for (mine, theirs) in mine.into_iter().zip([other.tools, other.clients, other.prefixes]) {
            for text in theirs {
                if mine.len() < MAX_REFUSED_SAMPLES && !mine.contains(&text) {
                    mine.push(text);
                }
            }
        }
    }
}

/// Adds calls.
pub(super) fn add(count: Count) {
    PENDING.with_borrow_mut(|pending| {
        let full = pending.len() >= MOST;
        let count = match pending.iter_mut().find(|other| other.is_like(&count)) {
            Some(known) => return known.merge(count),
            None if full => Count { tenant: None, key: None, ..count },
            None => count,
        };
        match pending.iter_mut().find(|other| other.is_like(&count)) {
            Some(known) => known.merge(count),
            None => pending.push(count),
        }
    });
}

/// Whether there is nothing to write.
pub(super) fn is_empty() -> bool {
    PENDING.with_borrow(Vec::is_empty)
}

/// Takes everything, for writing it.
pub(super) fn take() -> Vec<Count> {
    PENDING.take()
}

/// Says in the server log that calls are counted but not written, and why if that is known. Not how many: more may follow.
pub(super) fn report(why: Option<&Raised>) {
    let lately = REPORTED.get().is_some_and(|at| at.elapsed() < REPORT_EVERY);
    if is_empty() || lately {
        return;
    }
    REPORTED.set(Some(Instant::now()));
    let why = why.map(|raised| format!(": {:?}: {}", raised.code, redact::line(&raised.message)));
    let why = why.unwrap_or_default();
    log_to_server(format!("eryxon_mcp: refused calls of this session are counted, but not yet recorded{why}"));
}

/// The last chance to tell what was never written. Writing it now could wait for a lock, and nobody could end this session then.
pub(super) fn report_at_exit() {
    let mut reasons = BTreeMap::new();
    for count in take() {
        *reasons.entry(count.reason).or_insert(0_i64) += count.calls;
    }
    let calls: i64 = reasons.values().sum();
    if calls > 0 {
        let reasons: Vec<_> = reasons.into_iter().map(|(reason, calls)| format!("{reason} {calls}")).collect();
        let reasons = reasons.join(", ");
        log_to_server(format!("eryxon_mcp: {calls} refused calls of this session were not recorded: {reasons}"));
    }
}

/// The part of this minute's rows to write to.
pub(super) fn part_of(minute: i64) -> i32 {
    let (of, part) = PART.get();
    if of == minute { part } else { 0 }
}

/// Uses this part for the rest of the minute.
pub(super) fn use_part(minute: i64, part: i32) {
    PART.set((minute, part));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(key: u128, tool: &str, at: f64) -> Count {
        Count {
            tenant: Some(Uuid::nil()),
            key: Some(Uuid::from_u128(key)),
            reason: "rate_limit",
            calls: 1,
            first: at,
            last: at,
            tools: vec![tool.to_owned()],
            clients: Vec::new(),
            prefixes: Vec::new(),
        }
    }

    #[test]
    fn calls_of_one_key_for_one_reason_are_one_count_with_a_bounded_sample() {
        for number in 0..20_u8 {
            add(count(1, &format!("tool {}", number % 8), f64::from(number)));
        }
        let counts = take();
        let [one] = &counts[..] else { panic!("{counts:?}") };
        assert_eq!((one.calls, one.first, one.last), (20, 0.0, 19.0));
        assert_eq!(one.tools, ["tool 0", "tool 1", "tool 2", "tool 3", "tool 4"]);
        assert_eq!(take(), Vec::new());
    }

    #[test]
    fn memory_is_bounded_and_no_call_is_lost() {
        for key in 0..1000 {
            add(count(key, "x", 0.0));
        }
        let counts = take();
        assert_eq!(counts.len(), MOST + 1);
        assert_eq!(counts.iter().map(|count| count.calls).sum::<i64>(), 1000);
    }
}

//! The record of refused calls: they are counted by key, reason and minute, so that a flood of them cannot fill the disk.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{SystemTime, UNIX_EPOCH};

use super::tally::{self, Count};
use super::{Client, pace};
use crate::core::caller::{Caller, Refused};
use crate::core::redact;
use crate::error::Refusal;
use crate::names::{MAX_REFUSED_SAMPLES, MAX_REFUSED_TEXT_BYTES};
use crate::pg::settings::with_lock_timeout;
use crate::pg::statement::Fill;
use crate::pg::subtransaction::{Raised, caught};
use crate::pg::transaction::{self, Once};
use crate::pg::{exit, lock, query};
use crate::{sql_args, statement};

/// Counts a refused call, and writes what this backend could not write before.
///
/// It never raises: a count that cannot be written (on a standby, with a full disk, or because of a cancel) is kept for the backend's next
/// call.
pub fn count(refused: &Refused, tool: Option<&str>, client: &Client) {
    add(refused, tool, client);
    write();
}

/// Counts a refused call without writing: for a function that raises, whose writes would be rolled back. The backend's next call writes it.
pub fn keep(refused: &Refused, tool: Option<&str>, client: &Client) {
    add(refused, tool, client);
    tally::report(None);
}

fn add(refused: &Refused, tool: Option<&str>, client: &Client) {
    exit::at_exit(tally::report_at_exit);
    if let Some(count) = Count::of(refused, tool, client) {
        tally::add(count);
    }
}

/// Writes what is counted but not yet written. If the transaction is rolled back, it is counted again.
///
/// A transaction writes once: the old versions of a row are removed only when its transaction has ended, so that a block or a statement of
/// many calls would fill the disk. For the same reason, a flood is written at the backend's [`pace`]. The rest is written by a later call.
pub fn write() {
    thread_local! {
        static WRITTEN: Once = const { Once::new() };
    }
    if tally::is_empty() || WRITTEN.with(Once::again) || !pace::may_write() {
        return;
    }
    let mut counts = tally::take();
    // Everybody takes their places in the queues in the same order, so that nobody waits in a circle.
    counts.sort_by_key(|count| count.queue(tally::part_of(count.minute())));
    let (mut written, mut reason) = (Vec::new(), None);
    for count in counts {
        match count.write() {
            Ok(()) => written.push(count),
            Err(raised) => {
                reason = Some(raised);
                tally::add(count);
            }
        }
    }
    tally::report(reason.as_ref());
    if !written.is_empty() {
        transaction::commit_lazily();
        transaction::if_rolled_back(move || written.into_iter().for_each(tally::add));
    }
}

statement! {
    /// Counts calls; says whether that added a row.
    static COUNT = include_str!("refused.sql");
        [Uuid, Uuid, Text, Int4, Int8, Float8, Float8, TextArray, TextArray, TextArray]
        => fills(&[("samples", Fill::Count(MAX_REFUSED_SAMPLES))]);
    /// Deletes the oldest rows. It runs when a row is added and deletes more rows than that, so the table cannot outgrow its retention.
    static FORGET = include_str!("forget_refused.sql"); []
        => fills(&[("days", Fill::Count(RETENTION_DAYS)), ("rows", Fill::Count(FORGOTTEN_AT_ONCE))]);
}

/// For how many days refused calls are kept.
const RETENTION_DAYS: usize = 90;
const FORGOTTEN_AT_ONCE: usize = 10;
/// The queues' number among our locks; the others belong to slots.
const QUEUES: u16 = 0;
/// How long to wait for other callers who count in the same row, each of whom needs a commit.
const LOCK_TIMEOUT_MS: u32 = 250;
/// The last part of a minute's row; see [`Count::write`].
const LAST_PART: i32 = 3;

impl Count {
    fn of(refused: &Refused, tool: Option<&str>, client: &Client) -> Option<Self> {
        let reason = reason(refused)?;
        let (tenant, key, prefix) = match &refused.by {
            Caller::Known { tenant, key } => (Some(*tenant), Some(*key), None),
            Caller::Unknown { of: Some((tenant, key)), .. } => (Some(*tenant), Some(*key), None),
            Caller::Unknown { prefix, of: None } => (None, None, prefix.clone()),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        let sample = |text: Option<&str>| text.map(short).filter(|text| !text.is_empty()).into_iter().collect();
        Some(Self {
            tenant,
            key,
            reason,
            calls: 1,
            first: now,
            last: now,
            tools: sample(tool),
            clients: sample(client.user_agent.as_deref()),
            prefixes: prefix.into_iter().collect(),
        })
    }

    /// Adds to the row of the minute. If another transaction keeps that row locked, a second one is used, so that nobody waits without end;
    /// the backend then uses the second one for the rest of the minute.
    fn write(&self) -> Result<(), Raised> {
        let minute = self.minute();
        loop {
            let part = tally::part_of(minute);
            match caught(|| self.write_part(part)) {
                Err(raised) if raised.is_lost_race() && part < LAST_PART => tally::use_part(minute, part + 1),
                outcome => return outcome,
            }
        }
    }

    fn minute(&self) -> i64 {
        (self.first / 60.0).floor() as i64
    }

    /// The queue for this row. Two rows with the same number merely wait for each other.
    fn queue(&self, part: i32) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.tenant, self.key, self.reason, part).hash(&mut hasher);
        hasher.finish()
    }

    fn write_part(&self, part: i32) {
        let args = sql_args![
            self.tenant,
            self.key,
            self.reason,
            part,
            self.calls,
            self.first,
            self.last,
            self.tools.clone(),
            self.clients.clone(),
            self.prefixes.clone(),
        ];
        let added = with_lock_timeout(LOCK_TIMEOUT_MS, || {
            // Waits for those who count in the same row, in the order of their arrival. Waiting for the row itself has no order: who has
            // waited long would wait again, and meanwhile no old version of the row could be removed.
            lock::wait_for(self.queue(part), QUEUES);
            query::write(&COUNT, args, query::first::<bool>)
        });
        if added == Some(true) {
            query::write(&FORGET, &[], |_| Ok(()));
        }
    }
}

/// The reason under which a refusal is counted; `None` for internal errors, which are in the server log.
fn reason(refused: &Refused) -> Option<&'static str> {
    Some(match (&refused.refusal, &refused.by) {
        (Refusal::Authentication, Caller::Unknown { .. }) => "invalid_key",
        (Refusal::Authentication, Caller::Known { .. }) => "disabled_key",
        (Refusal::NotAttached, _) => "not_attached",
        (Refusal::UnknownTool(_), _) => "unknown_tool",
        (Refusal::Permission, _) => "tool_not_allowed",
        (Refusal::RateLimit { .. }, _) => "rate_limit",
        (Refusal::Cancelled, _) => "cancelled",
        (Refusal::Timeout, _) => "timeout",
        (Refusal::Internal { .. } | Refusal::ReadOnly | Refusal::Interfered, _) => return None,
    })
}

/// A sample of what a caller sent. The rows must stay small, because each refused call writes a new version of one.
fn short(text: &str) -> String {
    let text = redact::client_text(text);
    text[..text.floor_char_boundary(MAX_REFUSED_TEXT_BYTES)].to_owned()
}

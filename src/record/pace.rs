//! How often a backend writes what it merely counts. Each write leaves an old version of a row, so calls in quick succession are counted in
//! memory and written together.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// That many writes at once, so that whoever makes a few calls finds them counted at once.
const BURST: u32 = 100;
/// Afterwards, one write in this time.
const EVERY: Duration = Duration::from_millis(100);

thread_local! {
    static PACE: Cell<Pace> = const { Cell::new(Pace { left: BURST, since: None }) };
}

#[derive(Debug, Clone, Copy)]
struct Pace {
    left: u32,
    since: Option<Instant>,
}

/// Whether this backend may write now.
pub(super) fn may_write() -> bool {
    let mut pace = PACE.get();
    let may = pace.take(Instant::now());
    PACE.set(pace);
    may
}

impl Pace {
    fn take(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let gained = now.duration_since(since).as_millis() / EVERY.as_millis();
        if gained > 0 {
            self.left = BURST.min(self.left.saturating_add(u32::try_from(gained).unwrap_or(BURST)));
            self.since = Some(now);
        }
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_burst_there_is_one_write_in_each_tenth_of_a_second() {
        let start = Instant::now();
        let mut pace = Pace { left: BURST, since: None };
        let at_once = (0..1000).filter(|_| pace.take(start)).count();
        assert_eq!(at_once, 100);
        // A thousand calls a second, for ten seconds.
        let later = (1..=10_000).filter(|ms| pace.take(start + Duration::from_millis(*ms))).count();
        assert_eq!(later, 100);
        assert_eq!((0..1000).filter(|_| pace.take(start + Duration::from_secs(3600))).count(), 100);
    }
}

//! A cell's working hours, and where work fits in.

use super::Day;

/// A span of time without its end; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) until: i64,
}

/// A cell's working hours, in order and without overlap.
#[derive(Debug)]
pub(super) struct Times {
    /// All hours.
    pub(super) open: Vec<Span>,
    /// The hours that other jobs leave free.
    pub(super) free: Vec<Span>,
}

impl Times {
    /// From these days; without the load of others if capacity is not `finite`.
    pub(super) fn new(days: &[Day], finite: bool) -> Self {
        let mut times = Self { open: Vec::new(), free: Vec::new() };
        let mut moved_on = 0;
        for (index, day) in days.iter().enumerate() {
            let closes = day.opens + day.capacity.max(0);
            let until = days.get(index + 1).map_or(closes, |next| closes.min(next.opens));
            let capacity = (until - day.opens).max(0);
            let load = if finite { day.load.max(0) + moved_on } else { 0 };
            let used = load.min(capacity);
            moved_on = load - used;
            if capacity > 0 {
                times.open.push(Span { from: day.opens, until });
            }
            if capacity > used {
                times.free.push(Span { from: day.opens + used, until });
            }
        }
        times
    }
}

/// When work of this length starts and ends if it may start at `ready`.
pub(super) fn first_fit(spans: &[Span], ready: i64, length: i64) -> Option<(i64, i64)> {
    if length <= 0 {
        return Some((ready, ready));
    }
    let mut start = None;
    let mut left = length;
    for span in &spans[spans.partition_point(|span| span.until <= ready)..] {
        let from = span.from.max(ready);
        let start = *start.get_or_insert(from);
        if span.until - from >= left {
            return Some((start, from + left));
        }
        left -= span.until - from;
    }
    None
}

/// When work of this length must start in order to end by `until`.
pub(super) fn last_fit(spans: &[Span], until: i64, length: i64) -> Option<i64> {
    if length <= 0 {
        return Some(until);
    }
    let mut left = length;
    for span in spans[..spans.partition_point(|span| span.from < until)].iter().rev() {
        let end = span.until.min(until);
        if end - span.from >= left {
            return Some(end - left);
        }
        left -= end - span.from;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_when_the_next_one_opens() {
        let day = |opens| Day { opens, capacity: 100, load: 30 };
        let times = Times::new(&[day(0), day(90)], true);
        assert_eq!(times.open, [Span { from: 0, until: 90 }, Span { from: 90, until: 190 }]);
        assert_eq!(times.free, [Span { from: 30, until: 90 }, Span { from: 120, until: 190 }]);
    }

    #[test]
    fn the_last_fit_is_the_latest_start_that_still_ends_in_time() {
        let spans = [Span { from: 0, until: 10 }, Span { from: 20, until: 30 }];
        for until in 0..35 {
            for length in 1..=20 {
                let latest = (0..until)
                    .filter(|ready| first_fit(&spans, *ready, length).is_some_and(|(_, end)| end <= until))
                    .filter(|ready| spans.iter().any(|span| span.from <= *ready && *ready < span.until))
                    .max();
                assert_eq!(last_fit(&spans, until, length), latest, "{length} until {until}");
            }
        }
    }
}

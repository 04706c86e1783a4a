//! Properties of every schedule.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Day, Schedule, Terms, Window, Work, schedule};

const DAY: i64 = 24;

/// Small numbers, so that starts and ends often coincide. An hour is one second here.
fn days() -> impl Strategy<Value = Vec<Day>> {
    vec((0..10i64, 0..12i64), 1..15).prop_map(|hours| {
        (0..).zip(hours).map(|(day, (capacity, load))| Day { opens: day * DAY + 7, capacity, load }).collect()
    })
}

fn work(cells: usize) -> impl Strategy<Value = Work> {
    (0..4usize, any::<bool>(), 1..4i32, 0..cells, 0..9i64).prop_map(|(part, urgent, step, cell, length)| Work {
        part,
        urgent: urgent && part == 3,
        sequence: step * 10,
        cell,
        length,
    })
}

fn factory() -> impl Strategy<Value = (Vec<Vec<Day>>, Vec<Work>, i64)> {
    vec(days(), 1..4).prop_flat_map(|cells| {
        let count = cells.len();
        (Just(cells), vec(work(count), 0..12), 0..60i64)
    })
}

fn terms(start: i64) -> Terms {
    Terms { start, deadline: None, finite: true }
}

fn placed<'a>(work: &'a [Work], plan: &'a Schedule) -> impl Iterator<Item = (&'a Work, &'a Window)> {
    work.iter().zip(&plan.windows).filter_map(|(work, window)| window.as_ref().ok().map(|window| (work, window)))
}

/// When each day opens, and how many of its hours the load of others leaves free.
fn room(days: &[Day]) -> Vec<(i64, i64)> {
    let mut moved_on = 0;
    days.iter()
        .enumerate()
        .map(|(index, day)| {
            let end = days.get(index + 1).map_or(i64::MAX, |next| next.opens);
            let capacity = day.capacity.min(end - day.opens);
            let load = day.load + moved_on;
            moved_on = (load - capacity).max(0);
            (day.opens, (capacity - load).max(0))
        })
        .collect()
}

/// `None` counts as later than any finish.
fn not_before(later: Option<i64>, sooner: Option<i64>) -> bool {
    later.unwrap_or(i64::MAX) >= sooner.unwrap_or(i64::MAX)
}

proptest! {
    #[test]
    fn a_part_never_works_on_two_sequences_at_once((cells, work, start) in factory()) {
        let plan = schedule(&work, &cells, &terms(start));
        for (earlier, before) in placed(&work, &plan) {
            prop_assert!(start <= before.start && before.start <= before.end && before.waiting >= 0);
            for (later, after) in placed(&work, &plan) {
                if earlier.part == later.part && earlier.sequence < later.sequence {
                    prop_assert!(before.end <= after.start, "{earlier:?} {before:?} {later:?} {after:?}");
                }
            }
        }
    }

    #[test]
    fn no_day_holds_more_than_its_capacity((cells, work, start) in factory()) {
        let plan = schedule(&work, &cells, &terms(start));
        for (number, days) in cells.iter().enumerate() {
            // Hour by hour, the windows of one cell do not overlap, and each contains exactly the free hours that its work needs.
            let mut busy = std::collections::BTreeSet::new();
            for (work, window) in placed(&work, &plan).filter(|(work, _)| work.cell == number && work.length > 0) {
                let free: Vec<_> = room(days)
                    .into_iter()
                    .zip(days)
                    .flat_map(|((opens, free), day)| {
                        let next = opens + DAY;
                        let closes = (opens + day.capacity).min(next);
                        closes - free..closes
                    })
                    .filter(|hour| (window.start..window.end).contains(hour))
                    .collect();
                prop_assert_eq!(i64::try_from(free.len()), Ok(work.length));
                for hour in free {
                    prop_assert!(busy.insert(hour), "two at once at hour {}", hour);
                }
            }
            for (opens, free) in room(days) {
                let own = busy.range(opens..opens + DAY).count();
                prop_assert!(i64::try_from(own).is_ok_and(|own| own <= free));
            }
        }
    }

    #[test]
    fn less_capacity_more_load_or_a_later_start_never_give_an_earlier_finish(
        (cells, work, start) in factory(),
        cuts in vec((0..4usize, 0..15usize, 0..10i64, 0..10i64), 0..6),
        delay in 0..50i64,
    ) {
        let finish = schedule(&work, &cells, &terms(start)).finish;
        let mut less = cells.clone();
        for (cell, day, capacity, load) in cuts {
            if let Some(day) = less.get_mut(cell).and_then(|days| days.get_mut(day)) {
                day.capacity = (day.capacity - capacity).max(0);
                day.load += load;
            }
        }
        let worse = schedule(&work, &less, &terms(start + delay)).finish;
        prop_assert!(not_before(worse, finish), "{worse:?} before {finish:?}");
        let alone = schedule(&work, &cells, &Terms { finite: false, ..terms(start) }).finish;
        prop_assert!(not_before(finish, alone), "{finish:?} before {alone:?}");
    }

    #[test]
    fn capacity_moved_to_a_later_day_never_gives_one_operation_an_earlier_finish(
        days in days(), length in 0..30i64, moves in vec((0..15usize, 0..15usize, 0..10i64), 0..6),
    ) {
        let work = [Work { part: 0, urgent: false, sequence: 10, cell: 0, length }];
        let days: Vec<_> = days.into_iter().map(|day| Day { load: 0, ..day }).collect();
        let mut later = days.clone();
        for (from, to, hours) in moves {
            if from < to && to < later.len() {
                let hours = hours.min(later[from].capacity);
                later[from].capacity -= hours;
                later[to].capacity += hours;
            }
        }
        let finish = schedule(&work, &[days], &terms(0)).finish;
        prop_assert!(not_before(schedule(&work, &[later], &terms(0)).finish, finish));
    }

    #[test]
    fn the_same_input_gives_the_same_schedule((cells, work, start) in factory(), deadline in 0..300i64) {
        let terms = Terms { deadline: Some(deadline), ..terms(start) };
        prop_assert_eq!(schedule(&work, &cells, &terms), schedule(&work, &cells, &terms));
    }

    #[test]
    fn the_latest_start_is_never_before_the_planned_one_unless_the_deadline_is_missed((cells, work, start) in factory(), slack in 0..40i64) {
        let Some(finish) = schedule(&work, &cells, &terms(start)).finish else { return Ok(()) };
        let plan = schedule(&work, &cells, &Terms { deadline: Some(finish + slack), ..terms(start) });
        for (latest, window) in plan.latest_starts.iter().zip(&plan.windows) {
            let start = window.as_ref().map(|window| window.start);
            prop_assert!(start.is_ok_and(|start| latest.is_some_and(|latest| latest >= start)), "{latest:?} {window:?}");
        }
        let late = schedule(&work, &cells, &Terms { deadline: Some(finish - 1), ..terms(start) });
        let begun_too_late = late.latest_starts.iter().zip(&late.windows).any(|(latest, window)| {
            window.as_ref().is_ok_and(|window| latest.is_none_or(|latest| latest < window.start))
        });
        prop_assert!(work.is_empty() || begun_too_late);
    }
}

//! Schedules the open work of one job through cells of finite capacity. Times and durations are in whole seconds.
//!
//! The rules:
//! - Operations of a part with the same sequence number may run in parallel; the next number starts when all of them are done.
//! - A cell's day starts when the factory opens. Existing load comes first, then there is room up to the cell's capacity; load that
//!   exceeds the capacity moves to the next days.
//! - A cell works on one operation after the other, in an order that is fixed beforehand and does not depend on capacity. Therefore less
//!   capacity or a later start never gives an earlier finish. If operations could overtake each other, it might (Graham's anomaly).
//! - Several such orders are tried, and the one with the earliest finish is kept. If none of them can finish earlier with less capacity,
//!   neither can the best of them.
//! - Work of zero length needs no cell: it is done as soon as it can start.

mod order;
#[cfg(test)]
mod properties;
mod times;

use order::Routing;
use times::{Times, first_fit, last_fit};

/// One day of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// When work starts.
    pub opens: i64,
    /// How long the cell can work from then on. Time after the opening of the next day is not used.
    pub capacity: i64,
    /// The load of other jobs on this day.
    pub load: i64,
}

/// The remaining work of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// The number of its part. If nothing else decides, lower numbers go first.
    pub part: usize,
    /// Whether its part goes before parts that are not urgent.
    pub urgent: bool,
    /// Its place in the part's routing.
    pub sequence: i32,
    /// The number of its cell.
    pub cell: usize,
    /// How long it takes.
    pub length: i64,
}

/// When an operation is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When its work starts.
    pub start: i64,
    /// When its work is done.
    pub end: i64,
    /// How much later that is than with an empty cell.
    pub waiting: i64,
}

/// Why an operation has no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Never {
    /// Its cell has no capacity.
    NoCapacity,
    /// The known days are not enough.
    BeyondHorizon,
    /// An operation before it in the routing has no window.
    AfterUnschedulable,
}

/// When each operation is worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// In the order of the operations passed in.
    pub windows: Vec<Result<Window, Never>>,
    /// When each must start at the latest to meet the deadline, with the work in the same sequence; `None` without a deadline, or if the
    /// known days do not go back far enough.
    pub latest_starts: Vec<Option<i64>>,
    /// When everything is done; `None` if there is no work, or if some of it has no window.
    pub finish: Option<i64>,
}

/// What to schedule against.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// No work starts before this time.
    pub start: i64,
    /// When everything should be done.
    pub deadline: Option<i64>,
    /// Whether work waits for other work at its cell. If not, only the cell's working hours apply.
    pub finite: bool,
}

/// Schedules `work` through `cells`, each given by its days in order.
///
/// # Panics
/// If an operation refers to a cell that does not exist.
#[must_use]
pub fn schedule(work: &[Work], cells: &[Vec<Day>], terms: &Terms) -> Schedule {
    let cells: Vec<_> = cells.iter().map(|days| Times::new(days, terms.finite)).collect();
    let routing = Routing::new(work);
    let (order, windows) = routing
        .orders(work)
        .into_iter()
        .map(|order| {
            let windows = forward(work, &cells, &routing, &order, terms);
            (order, windows)
        })
        .min_by_key(|(_, windows)| {
            let never = windows.iter().filter(|window| window.is_err()).count();
            (never, finish(windows))
        })
        .unwrap_or_default();
    let finish = if windows.iter().all(Result::is_ok) { finish(&windows) } else { None };
    let latest_starts = match terms.deadline {
        Some(deadline) => backward(work, &cells, &routing, &order, deadline, terms.finite),
        None => vec![None; work.len()],
    };
    Schedule { windows, latest_starts, finish }
}

fn finish(windows: &[Result<Window, Never>]) -> Option<i64> {
    windows.iter().flatten().map(|window| window.end).max()
}

/// As early as possible, in this order.
fn forward(
    work: &[Work],
    cells: &[Times],
    routing: &Routing,
    order: &[usize],
    terms: &Terms,
) -> Vec<Result<Window, Never>> {
    let mut windows = vec![Err(Never::AfterUnschedulable); work.len()];
    // When each step of a routing is done: the end of its latest operation so far, or `None` once one of them has no window.
    let mut done = routing.for_each_step(Some(terms.start));
    let mut cell_free = vec![terms.start; cells.len()];
    for &index in order {
        let Work { part, cell, length, .. } = work[index];
        let step = routing.step_of(index);
        let ready = match step.checked_sub(1) {
            Some(before) => done[part][before],
            None => Some(terms.start),
        };
        let window = ready.ok_or(Never::AfterUnschedulable).and_then(|ready| {
            let times = &cells[cell];
            let earliest = if terms.finite && length > 0 { ready.max(cell_free[cell]) } else { ready };
            let never = if times.open.is_empty() { Never::NoCapacity } else { Never::BeyondHorizon };
            let (start, end) = first_fit(&times.free, earliest, length).ok_or(never)?;
            let (_, alone) = first_fit(&times.open, ready, length).unwrap_or((start, end));
            Ok(Window { start, end, waiting: end - alone })
        });
        done[part][step] = match (done[part][step], &window) {
            (Some(done), Ok(window)) => Some(done.max(window.end)),
            _ => None,
        };
        if length > 0 {
            match window {
                Ok(window) => cell_free[cell] = window.end,
                // An operation that does not fit into the known days still blocks those after it.
                Err(Never::BeyondHorizon) => cell_free[cell] = i64::MAX,
                Err(_) => {}
            }
        }
        windows[index] = window;
    }
    windows
}

/// As late as possible, in the same order from its end: what is needed to meet the deadline.
fn backward(
    work: &[Work],
    cells: &[Times],
    routing: &Routing,
    order: &[usize],
    deadline: i64,
    finite: bool,
) -> Vec<Option<i64>> {
    let mut starts = vec![None; work.len()];
    let mut begun = routing.for_each_step(Some(deadline));
    let mut cell_until = vec![Some(deadline); cells.len()];
    for &index in order.iter().rev() {
        let Work { part, cell, length, .. } = work[index];
        let step = routing.step_of(index);
        let until = begun[part].get(step + 1).copied().unwrap_or(Some(deadline));
        let until = match until {
            Some(until) if finite && length > 0 => cell_until[cell].map(|cell_until| until.min(cell_until)),
            until => until,
        };
        let start = until.and_then(|until| last_fit(&cells[cell].free, until, length));
        begun[part][step] = match (begun[part][step], start) {
            (Some(begun), Some(start)) => Some(begun.min(start)),
            _ => None,
        };
        if length > 0 {
            cell_until[cell] = start;
        }
        starts[index] = start;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    /// A cell's days, 24 hours apart, from their hours of capacity and of load.
    fn days(hours: &[(i64, i64)]) -> Vec<Day> {
        (0..)
            .zip(hours)
            .map(|(day, (capacity, load))| Day { opens: day * 24 * HOUR, capacity: capacity * HOUR, load: load * HOUR })
            .collect()
    }

    fn work(part: usize, sequence: i32, cell: usize, hours: i64) -> Work {
        Work { part, urgent: false, sequence, cell, length: hours * HOUR }
    }

    const TERMS: Terms = Terms { start: 0, deadline: None, finite: true };

    fn window(schedule: &Schedule, index: usize) -> (i64, i64, i64) {
        let Window { start, end, waiting } = schedule.windows[index].expect("a window");
        (start / HOUR, end / HOUR, waiting / HOUR)
    }

    #[test]
    fn work_continues_on_the_next_day_and_waits_for_the_preceding_step() {
        let cells = [days(&[(8, 0), (0, 0), (8, 0)]), days(&[(8, 0), (8, 0), (8, 0)])];
        let plan = schedule(&[work(0, 10, 0, 10), work(0, 20, 1, 2)], &cells, &TERMS);
        assert_eq!(window(&plan, 0), (0, 50, 0));
        assert_eq!(window(&plan, 1), (50, 52, 0));
        assert_eq!(plan.finish, Some(52 * HOUR));
    }

    #[test]
    fn equal_sequences_run_in_parallel_at_two_cells_and_one_after_the_other_at_one() {
        let cells = [days(&[(8, 0)]), days(&[(8, 0)])];
        let apart = schedule(&[work(0, 20, 0, 3), work(0, 20, 1, 2), work(0, 30, 1, 1)], &cells, &TERMS);
        assert_eq!([window(&apart, 0), window(&apart, 1), window(&apart, 2)], [(0, 3, 0), (0, 2, 0), (3, 4, 0)]);
        let together = schedule(&[work(0, 20, 0, 3), work(0, 20, 0, 2)], &cells, &TERMS);
        assert_eq!([window(&together, 0), window(&together, 1)], [(0, 3, 0), (3, 5, 3)]);
    }

    #[test]
    fn the_load_of_others_comes_first_and_excess_load_moves_to_the_next_days() {
        let cells = [days(&[(8, 11), (8, 2), (8, 0)])];
        let plan = schedule(&[work(0, 10, 0, 4)], &cells, &TERMS);
        // Three hours of load left from the first day, then two of its own.
        assert_eq!(window(&plan, 0), (24 + 5, 48 + 1, 48 + 1 - 4));
        let free = schedule(&[work(0, 10, 0, 4)], &cells, &Terms { finite: false, ..TERMS });
        assert_eq!(window(&free, 0), (0, 4, 0));
    }

    #[test]
    fn unschedulable_work_says_why_and_does_not_hold_up_the_rest() {
        let cells = [days(&[(0, 0), (0, 0)]), days(&[(8, 0), (8, 0)])];
        let all = [work(0, 10, 0, 1), work(0, 20, 1, 1), work(1, 10, 1, 16), work(2, 10, 1, 1), work(3, 10, 0, 0)];
        let plan = schedule(&all, &cells, &TERMS);
        assert_eq!(plan.windows[0], Err(Never::NoCapacity));
        assert_eq!(plan.windows[1], Err(Never::AfterUnschedulable));
        assert_eq!(plan.windows.iter().filter(|window| **window == Err(Never::BeyondHorizon)).count(), 1);
        // Work that takes no time needs no cell.
        assert_eq!(window(&plan, 4), (0, 0, 0));
        assert_eq!(plan.finish, None);
        assert_eq!(schedule(&[], &cells, &TERMS).finish, None);
    }

    #[test]
    fn an_urgent_part_goes_first() {
        let cells = [days(&[(8, 0), (8, 0)])];
        let urgent = Work { urgent: true, ..work(1, 10, 0, 2) };
        let plan = schedule(&[work(0, 10, 0, 8), urgent], &cells, &TERMS);
        assert_eq!((window(&plan, 1), window(&plan, 0).1), ((0, 2, 0), 26));
    }

    #[test]
    fn the_latest_start_counts_back_from_the_deadline() {
        let cells = [days(&[(8, 0), (8, 0), (8, 0)]), days(&[(8, 0), (8, 0), (8, 0)])];
        let terms = Terms { deadline: Some(50 * HOUR), ..TERMS };
        let plan = schedule(&[work(0, 10, 0, 10), work(0, 20, 1, 2)], &cells, &terms);
        assert_eq!(plan.latest_starts, [Some(6 * HOUR), Some(48 * HOUR)]);
        let early = schedule(&[work(0, 10, 0, 10)], &cells, &Terms { deadline: Some(HOUR), ..TERMS });
        assert_eq!(early.latest_starts, [None], "before the first known day");
        let both = Terms { deadline: Some(8 * HOUR), ..TERMS };
        let one_cell = schedule(&[work(0, 10, 0, 3), work(1, 10, 0, 3)], &cells, &both);
        assert_eq!(one_cell.latest_starts, [Some(2 * HOUR), Some(5 * HOUR)], "one after the other");
    }
}

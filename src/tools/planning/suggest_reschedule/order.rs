//! What the database says about an order, and its schedule.

use chrono::{DateTime, FixedOffset};
use serde::Deserialize;
use uuid::Uuid;

use crate::core::schedule::{self, Day, Schedule, Terms, Work};
use crate::core::states::{JobStatus, TaskStatus};
use crate::tools::planning::load::DAYS_BACK;

/// The JSON that `order.sql` gives. Instants that count are seconds since 1970.
#[derive(Deserialize)]
pub(super) struct OpenOrder {
    pub(super) job: Job,
    pub(super) now: i64,
    pub(super) start: i64,
    pub(super) deadline: Option<i64>,
    pub(super) time_zone: String,
    /// When each day begins and its share of a full day; from [`DAYS_BACK`] before today on, none left out.
    days: Vec<(i64, f64)>,
    pub(super) operations: Vec<Operation>,
    pub(super) cells: Vec<Cell>,
    pub(super) consolidation: Vec<OtherJob>,
}

#[derive(Deserialize)]
pub(super) struct Job {
    pub(super) job_id: Uuid,
    pub(super) job_number: String,
    pub(super) status: JobStatus,
    due: Option<String>,
    pub(super) part_id: Option<Uuid>,
    pub(super) part_number: Option<String>,
}

impl Job {
    pub(super) fn due(&self) -> Option<DateTime<FixedOffset>> {
        instant(self.due.as_deref())
    }
}

#[derive(Deserialize)]
pub(super) struct Operation {
    pub(super) operation_id: Uuid,
    pub(super) operation_name: String,
    pub(super) part_id: Uuid,
    pub(super) part_number: String,
    urgent: bool,
    pub(super) cell_id: Uuid,
    pub(super) sequence: i32,
    pub(super) status: TaskStatus,
    pub(super) estimated_time_minutes: i32,
    pub(super) remaining_minutes: i32,
    planned_start: Option<String>,
    planned_end: Option<String>,
    pub(super) standstill_issue_ids: Vec<Uuid>,
}

impl Operation {
    pub(super) fn planned(&self) -> [Option<DateTime<FixedOffset>>; 2] {
        [&self.planned_start, &self.planned_end].map(|moment| instant(moment.as_deref()))
    }
}

#[derive(Deserialize)]
pub(super) struct Cell {
    pub(super) cell_id: Uuid,
    pub(super) cell_name: String,
    /// It is active and not deleted.
    pub(super) works: bool,
    hours: f64,
    pub(super) wip: i64,
    pub(super) wip_limit: Option<i32>,
    pub(super) enforce_wip_limit: bool,
    /// Work of others that has no day.
    pub(super) undated_hours: f64,
    overdue_hours: f64,
    /// Days, counted as in [`OpenOrder::days`], and hours of others' work.
    load: Vec<(usize, f64)>,
}

#[derive(Deserialize)]
pub(super) struct OtherJob {
    pub(super) job_id: Uuid,
    pub(super) job_number: String,
    pub(super) status: JobStatus,
    effective_due_date: Option<String>,
    pub(super) days_difference: i32,
    pub(super) remaining_operations: i64,
    pub(super) remaining_minutes: i64,
    pub(super) shared_cell_ids: Vec<Uuid>,
}

impl OtherJob {
    pub(super) fn due(&self) -> Option<DateTime<FixedOffset>> {
        instant(self.effective_due_date.as_deref())
    }
}

/// Nothing for what the answer cannot show: infinity, or years of five digits.
fn instant(text: Option<&str>) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text?).ok()
}

/// Hours in seconds, to the minute: room is rounded down and load up, so that dates are plain.
const SECONDS: i64 = 60;
const TOLERANCE: f64 = 1e-6;

fn room(hours: f64) -> i64 {
    (hours * 60.0 + TOLERANCE).floor() as i64 * SECONDS
}

fn load(hours: f64) -> i64 {
    (hours * 60.0 - TOLERANCE).ceil().min(1e12) as i64 * SECONDS
}

impl OpenOrder {
    /// When all work begins: the asked moment, to the minute.
    pub(super) fn start(&self) -> i64 {
        to_minute(self.start)
    }

    /// The schedule of the operations, in their order.
    pub(super) fn schedule(&self, finite: bool) -> Schedule {
        let cells: Vec<_> = self.cells.iter().map(|cell| self.days_of(cell)).collect();
        let mut parts: Vec<Uuid> = Vec::new();
        let work: Vec<_> = self
            .operations
            .iter()
            .map(|operation| {
                // Operations come part by part.
                if parts.last() != Some(&operation.part_id) {
                    parts.push(operation.part_id);
                }
                Work {
                    part: parts.len() - 1,
                    urgent: operation.urgent,
                    sequence: operation.sequence,
                    cell: self.cells.iter().position(|cell| cell.cell_id == operation.cell_id).unwrap_or_default(),
                    length: i64::from(operation.remaining_minutes) * 60,
                }
            })
            .collect();
        schedule::schedule(&work, &cells, &Terms { start: self.start(), deadline: self.deadline, finite })
    }

    /// Days of a cell. Today is two of them: what is over, and what is left for the load that is left, overdue work with it.
    fn days_of(&self, cell: &Cell) -> Vec<Day> {
        if !cell.works {
            return Vec::new();
        }
        let mut hours = vec![0.0; self.days.len()];
        for (day, load) in &cell.load {
            if let Some(hours) = hours.get_mut(*day) {
                *hours += load;
            }
        }
        if let Some(hours) = hours.get_mut(DAYS_BACK) {
            *hours += cell.overdue_hours;
        }
        let now = to_minute(self.now);
        let mut days = Vec::with_capacity(self.days.len() + 1);
        for (index, ((opens, share), hours)) in self.days.iter().zip(hours).enumerate() {
            let day = Day { opens: *opens, capacity: room(cell.hours * share), load: load(hours) };
            if index == DAYS_BACK && day.opens < now {
                let over = (now - day.opens).min(day.capacity);
                days.push(Day { capacity: over, load: 0, ..day });
                days.push(Day { opens: now, capacity: day.capacity - over, load: day.load });
            } else {
                days.push(day);
            }
        }
        days
    }
}

/// The next full minute.
fn to_minute(instant: i64) -> i64 {
    -(-instant).div_euclid(60) * 60
}

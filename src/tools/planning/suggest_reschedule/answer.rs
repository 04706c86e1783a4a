//! The answer, from an order and its schedule.

use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

use super::order::OpenOrder;
use super::output::{
    CellUse, ConsolidationOption, CriticalCell, NewWindow, Output, Proposal, RescheduleArguments, WhyNot,
};
use super::{MAX_OPTIONS, warnings};
use crate::core::schedule::{Schedule, Window};
use crate::names::MAX_CHANGED_ROWS;

fn moment(seconds: i64) -> Option<DateTime<FixedOffset>> {
    DateTime::from_timestamp(seconds, 0).map(|moment| moment.fixed_offset())
}

/// Seconds as hours with two decimals.
fn hours(seconds: i64) -> f64 {
    (seconds as f64 / 36.0).round() / 100.0
}

pub(super) fn answer(order: &OpenOrder, schedule: &Schedule) -> Output {
    let scheduled = order.operations.iter().zip(&schedule.windows).zip(&schedule.latest_starts);
    let cell_of = |id: Uuid| order.cells.iter().find(|cell| cell.cell_id == id);
    let mut operations: Vec<_> = scheduled
        .map(|((operation, window), latest_start)| {
            let [current_planned_start, current_planned_end] = operation.planned();
            let cell = cell_of(operation.cell_id);
            Proposal {
                operation_id: operation.operation_id,
                operation_name: operation.operation_name.clone(),
                part_number: operation.part_number.clone(),
                cell_id: operation.cell_id,
                cell_name: cell.map(|cell| cell.cell_name.clone()).unwrap_or_default(),
                sequence: operation.sequence,
                status: operation.status,
                remaining_minutes: operation.remaining_minutes,
                current_planned_start,
                current_planned_end,
                planned_start: window.ok().and_then(|window| moment(window.start)),
                planned_end: window.ok().and_then(|window| moment(window.end)),
                latest_start: latest_start.and_then(moment),
                waiting_hours: window.ok().map(|window| hours(window.waiting)),
                unschedulable: window.err().map(|never| WhyNot::of(never, cell.is_some_and(|cell| cell.works))),
            }
        })
        .collect();
    operations.sort_by_key(|operation| (operation.planned_start.is_none(), operation.planned_start));
    let remaining_operations = operations.len();
    operations.truncate(usize::from(MAX_CHANGED_ROWS));

    let waiting = |cell: Uuid| -> i64 {
        let at_cell = order.operations.iter().zip(&schedule.windows).filter(|(operation, _)| operation.cell_id == cell);
        at_cell.filter_map(|(_, window)| window.ok()).map(|Window { waiting, .. }| waiting).sum()
    };
    let critical =
        order.cells.iter().map(|cell| (waiting(cell.cell_id), cell)).rev().max_by_key(|(waiting, _)| *waiting);
    let slack = schedule.finish.zip(order.deadline).map(|(finish, deadline)| deadline - finish);
    let new_windows: Vec<_> = operations
        .iter()
        .filter_map(|operation| {
            let (planned_start, planned_end) = operation.planned_start.zip(operation.planned_end)?;
            Some(NewWindow { operation_id: operation.operation_id, planned_start, planned_end })
        })
        .collect();
    Output {
        job_id: order.job.job_id,
        job_number: order.job.job_number.clone(),
        job_status: order.job.status,
        part_id: order.job.part_id,
        part_number: order.job.part_number.clone(),
        start_from: moment(order.start()).unwrap_or_default(),
        time_zone: order.time_zone.clone(),
        effective_due_date: order.job.due(),
        deadline: order.deadline.and_then(moment),
        earliest_finish: schedule.finish.and_then(moment),
        meets_deadline: match order.deadline {
            Some(_) if remaining_operations > 0 => Some(slack.is_some_and(|slack| slack >= 0)),
            _ => None,
        },
        slack_hours: slack.map(hours),
        remaining_operations,
        remaining_minutes: order.operations.iter().map(|operation| i64::from(operation.remaining_minutes)).sum(),
        unschedulable_operations: schedule.windows.iter().filter(|window| window.is_err()).count(),
        critical_cell: critical.filter(|(waiting, _)| *waiting > 0).map(|(waiting, cell)| CriticalCell {
            cell_id: cell.cell_id,
            cell_name: cell.cell_name.clone(),
            waiting_hours: hours(waiting),
        }),
        truncated: remaining_operations > operations.len() || order.consolidation.len() > MAX_OPTIONS,
        cells: order
            .cells
            .iter()
            .map(|cell| {
                let at_cell = || order.operations.iter().filter(|operation| operation.cell_id == cell.cell_id);
                CellUse {
                    cell_id: cell.cell_id,
                    cell_name: cell.cell_name.clone(),
                    operations: at_cell().count(),
                    work_hours: hours(at_cell().map(|operation| i64::from(operation.remaining_minutes) * 60).sum()),
                    waiting_hours: hours(waiting(cell.cell_id)),
                    undated_hours_of_others: cell.undated_hours,
                }
            })
            .collect(),
        operations,
        warnings: warnings::of(order),
        consolidation_options: order
            .consolidation
            .iter()
            .take(MAX_OPTIONS)
            .map(|job| ConsolidationOption {
                job_id: job.job_id,
                job_number: job.job_number.clone(),
                status: job.status,
                effective_due_date: job.due(),
                days_difference: job.days_difference,
                remaining_operations: job.remaining_operations,
                remaining_minutes: job.remaining_minutes,
                shared_cell_ids: job.shared_cell_ids.clone(),
            })
            .collect(),
        reschedule_arguments: (!new_windows.is_empty()).then_some(RescheduleArguments { operations: new_windows }),
    }
}

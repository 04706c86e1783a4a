//! When a job was started and completed. An application may lack the columns, or never fill them: then the side table `mcp_job_times` says
//! when a tool did it, and otherwise the job's work says it.
//!
//! The texts are for a job `j` of which a statement has `id`, `status` and, where the schema has them, `started_at` and `completed_at`.

use crate::pg::shape::{Piece, Shape};

/// The first and the last thing that was done for a job, by the side table and by its parts' operations and time entries. The application
/// may have completed a job once more, of which the side table knows nothing: a later completion of an operation counts.
pub(super) const FIRST_WORK: &str = include_str!("job_times/first_work.sql");
pub(super) const LAST_WORK: &str = include_str!("job_times/last_work.sql");

/// When the job was started; null for one that was not.
pub(super) fn started_at(shape: Shape) -> &'static str {
    if shape.has(Piece::JobStart) {
        "coalesce(j.started_at, CASE WHEN j.status <> 'not_started' THEN {{first_work_of_job}} END)"
    } else {
        "CASE WHEN j.status <> 'not_started' THEN {{first_work_of_job}} END"
    }
}

/// When the job was completed; null for one that is not.
pub(super) fn completed_at(shape: Shape) -> &'static str {
    if shape.has(Piece::JobCompletion) {
        "CASE WHEN j.status = 'completed' THEN coalesce(j.completed_at, {{last_work_of_job}}) END"
    } else {
        "CASE WHEN j.status = 'completed' THEN {{last_work_of_job}} END"
    }
}

/// Sets the column when the job gets the state `$3`.
pub(super) fn set_started_at(shape: Shape) -> &'static str {
    if shape.has(Piece::JobStart) { "started_at = {{new_start_of_job}}," } else { "" }
}

/// Sets the column when the job gets the state `$3`.
pub(super) fn set_completed_at(shape: Shape) -> &'static str {
    if shape.has(Piece::JobCompletion) { "completed_at = {{new_completion_of_job}}," } else { "" }
}

/// When a job that gets the state `$3` was started.
pub(super) const NEW_START: &str =
    "CASE WHEN $3 IN ('in_progress', 'completed') THEN coalesce({{job_started_at}}, now()) ELSE {{job_started_at}} END";

/// When a job that gets the state `$3` was completed. One that was started by a transaction that began later is not completed before it.
pub(super) const NEW_COMPLETION: &str = "CASE WHEN $3 = 'completed' THEN greatest(now(), {{job_started_at}}) END";

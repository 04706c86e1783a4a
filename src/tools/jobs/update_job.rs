//! `update_job`.

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Job, lock, read};
use crate::core::states::{JOB, JobStatus, Priority};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::{Moment, as_instant, is_known, present};
use crate::sql_args;
use crate::tools::common::{Change, MAX_NOTES, check_step, differences};

/// `update_job`
pub(in crate::tools) struct UpdateJob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The job's id.
    id: Uuid,
    /// The new state: in_progress (from not_started or on_hold) or on_hold (from not_started or in_progress). Parts and operations stay
    /// as they are.
    status: Option<JobStatus>,
    /// The date that counts from now on; a date alone means its first moment in the factory's time zone. The ERP's date is kept, and
    /// null goes back to it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    due_date: Option<Option<Moment>>,
    /// The customer; null clears it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    customer: Option<Option<String>>,
    /// Replaces the notes; null clears them.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<Option<String>>,
    /// Adds a paragraph to the notes that are there. Not together with notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    append_notes: Option<String>,
    /// How urgent the job is; null forgets it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    priority: Option<Option<Priority>>,
    /// Change the job only if it is in this state now; otherwise the answer is a conflict that tells its state.
    expected_status: Option<JobStatus>,
    /// Change the job only if its updated_at is still this one; otherwise the answer is a conflict that tells the present one.
    if_updated_at: Option<DateTime<FixedOffset>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    job: Job,
    /// What is different now, and only that.
    changes: Changes,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<JobStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date_override: Option<Change<Option<DateTime<FixedOffset>>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Change<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Change<Option<String>>>,
}

impl Arguments {
    /// What is to be set, by the names that the statement knows.
    fn wanted(&self) -> Result<Map<String, Value>, ToolError> {
        if self.notes.is_some() && self.append_notes.is_some() {
            return Err(ToolError::invalid("append_notes", "notes and append_notes cannot both be given"));
        }
        let given = [
            ("status", self.status.map(|status| json!(status))),
            ("due_date", self.due_date.as_ref().map(|date| json!(date.as_ref().map(Moment::text)))),
            ("customer", self.customer.as_ref().map(|customer| json!(customer))),
            ("notes", self.notes.as_ref().map(|notes| json!(notes))),
            ("append_notes", self.append_notes.as_ref().map(|notes| json!(notes))),
            ("priority", self.priority.map(|priority| json!(priority))),
        ];
        let wanted: Map<_, _> = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if wanted.is_empty() {
            let fields = "status, due_date, customer, notes, append_notes or priority";
            return Err(ToolError::new(ToolErrorCode::InvalidArguments, format!("nothing to change: give {fields}")));
        }
        Ok(wanted)
    }
}

/// Refuses to change a job that is not what the caller believes it to be.
fn check_unchanged(call: &Call, arguments: &Arguments, status: JobStatus) -> Result<(), ToolError> {
    if arguments.expected_status.is_none() && arguments.if_updated_at.is_none() {
        return Ok(());
    }
    if arguments.if_updated_at.is_some_and(|instant| !is_known(&instant)) {
        return Err(ToolError::invalid("if_updated_at", "if_updated_at must be an updated_at that was read before"));
    }
    let expected = arguments.if_updated_at.map(|instant| instant.to_rfc3339());
    let args = sql_args![uuid(call.tenant), uuid(arguments.id), expected.as_deref()];
    let (same, updated_at) =
        query::read(include_str!("updated_at.sql"), args, |rows| rows.first().get_two::<bool, String>());
    if arguments.expected_status.is_none_or(|expected| expected == status) && same == Some(true) {
        return Ok(());
    }
    Err(ToolError::new(ToolErrorCode::Conflict, "the job was changed by somebody else")
        .hint("read the job again, and decide on what it is now")
        .with("status", status.name())
        .with("updated_at", updated_at))
}

impl Declaration for UpdateJob {
    const NAME: &'static str = "update_job";
    const TITLE: &'static str = "Change a job";
    const DESCRIPTION: &'static str = "Changes fields of a job: state, due date (as an override that keeps the ERP's date), customer, notes, priority. Only the \
        given fields change, null clears one, and the answer tells old and new values. Cannot complete or reopen a job. Guard against \
        changes by others with expected_status or if_updated_at.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("job_id", "id"), ("customer_name", "customer"), ("description", "notes"), ("due_date_override", "due_date")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = &[
        ("status", "pending", "not_started"),
        ("status", "paused", "on_hold"),
        ("expected_status", "pending", "not_started"),
        ("expected_status", "paused", "on_hold"),
    ];
    const EXAMPLES: &'static [Example] = &[Example::new(
        r#"{"id": "@A/job/JOB-1002", "due_date": "2031-07-01", "priority": "urgent", "append_notes": "Asked for by telephone"}"#,
    )];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such job, or it was deleted",
            r#"{"id": "@nothing", "notes": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the job's state does not lead to the wanted one",
            r#"{"id": "@A/job/JOB-1002", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::Conflict,
            "the job is no longer as expected_status or if_updated_at says",
            r#"{"id": "@A/job/JOB-1002", "notes": "x", "expected_status": "on_hold"}"#,
        ),
        ErrorCase::new(ToolErrorCode::InvalidArguments, "nothing is to be changed", r#"{"id": "@A/job/JOB-1002"}"#),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let wanted = arguments.wanted()?;
        let before = lock(call, arguments.id)?;
        check_unchanged(call, &arguments, before)?;
        if let Some(to) = arguments.status.filter(|to| *to != before) {
            check_step(&JOB, Self::NAME, before, to).map_err(|error| match to {
                JobStatus::Completed => error.hint("a job is completed by completing its parts, not by an update"),
                _ => error,
            })?;
        }
        let sql = include_str!("update.sql").replace("/*due_date*/", &as_instant("($3::jsonb ->> 'due_date')"));
        let wanted = Value::Object(wanted).to_string();
        let (old, new) =
            query::write(&sql, sql_args![uuid(call.tenant), uuid(arguments.id), wanted.as_str()], |rows| {
                if rows.is_empty() { Ok((None, None)) } else { rows.first().get_two::<String, String>() }
            });
        let changes = differences(old, new);
        let notes = changes.get("notes").and_then(|change| change["new"].as_str()).unwrap_or_default();
        if arguments.append_notes.is_some() && notes.chars().count() > MAX_NOTES {
            return Err(ToolError::new(ToolErrorCode::LimitExceeded, "the notes would become too long")
                .with("field", "append_notes")
                .with("limit", MAX_NOTES));
        }
        let summary = match changes.len() {
            0 => "Nothing changed: the job is already like that.".to_owned(),
            _ => format!("Changed the job's {}.", changes.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
        };
        let body = format!(r#"{{"job":{},"changes":{}}}"#, read(call, arguments.id), Value::Object(changes));
        Ok(Answer::from_sql(summary, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(value: Value) -> Arguments {
        serde_json::from_value(value).expect("arguments")
    }

    #[test]
    fn null_is_a_value_and_absence_is_none() {
        let id = Uuid::nil();
        let wanted = arguments(json!({"id": id, "due_date": null, "notes": "x"})).wanted().expect("wanted");
        assert_eq!(Value::Object(wanted), json!({"due_date": null, "notes": "x"}));
    }

    #[test]
    fn an_update_needs_a_field_and_one_kind_of_notes() {
        let id = Uuid::nil();
        let refused =
            arguments(json!({"id": id, "expected_status": "on_hold"})).wanted().expect_err("nothing to change");
        assert_eq!(refused.code, ToolErrorCode::InvalidArguments);
        let refused = arguments(json!({"id": id, "notes": "x", "append_notes": "y"})).wanted().expect_err("both");
        assert_eq!(refused.details["field"], "append_notes");
    }
}

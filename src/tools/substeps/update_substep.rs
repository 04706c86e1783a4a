//! `update_substep`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{CheckList, MAX_SEQUENCE, Present, Substep, lock, make_room, progress, read, update};
use crate::core::states::{Need, SUBSTEP, SubstepStatus, TaskStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::present;
use crate::tools::common::{Change, MAX_NOTES, NAME, check_person, check_step};

/// `update_substep`
pub(in crate::tools) struct UpdateSubstep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The substep's id.
    id: Uuid,
    /// What is to be done.
    #[schemars(length(min = 1, max = 200), regex(pattern = NAME))]
    name: Option<String>,
    /// Its new place in the operation. When another substep has the number, the others from there on move up by one.
    #[schemars(range(min = 1, max = MAX_SEQUENCE))]
    sequence: Option<i32>,
    /// The new state: not_started, in_progress, completed or blocked. A blocked substep cannot become completed at once, and a completed
    /// one is reopened only while its operation is not completed.
    status: Option<SubstepStatus>,
    /// The profile id of the person who did it; only together with status completed. One who was noted before stays.
    completed_by: Option<Uuid>,
    /// Replaces the notes; null clears them.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<Option<String>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    substep: Substep,
    /// What is different now, and only that.
    changes: Changes,
    /// How many other substeps moved up by one to make room.
    moved: usize,
    /// Of the operation's substeps.
    progress: CheckList,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Change<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<Change<i32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Change<SubstepStatus>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Change<Option<String>>>,
}

impl Arguments {
    /// What is to be set, by the names that the statement knows.
    fn wanted(&self) -> Result<Value, ToolError> {
        if self.completed_by.is_some() && self.status != Some(SubstepStatus::Completed) {
            return Err(ToolError::invalid("completed_by", "completed_by needs status completed"));
        }
        let given = [
            ("name", self.name.as_ref().map(|name| json!(name))),
            ("sequence", self.sequence.map(|sequence| json!(sequence))),
            ("status", self.status.map(|status| json!(status))),
            ("completed_by", self.completed_by.map(|person| json!(person))),
            ("notes", self.notes.as_ref().map(|notes| json!(notes))),
        ];
        let wanted: Map<_, _> = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if wanted.is_empty() {
            let fields = "name, sequence, status or notes";
            return Err(ToolError::new(ToolErrorCode::InvalidArguments, format!("nothing to change: give {fields}")));
        }
        Ok(Value::Object(wanted))
    }
}

fn check_status(present: &Present, to: SubstepStatus) -> Result<(), ToolError> {
    if to == present.status {
        return Ok(());
    }
    let step = check_step(&SUBSTEP, UpdateSubstep::NAME, present.status, to)?;
    if step.needs(Need::OPERATION_OPEN) && present.operation_status == TaskStatus::Completed {
        return Err(ToolError::new(
            ToolErrorCode::InvalidState,
            "a substep of a completed operation cannot be reopened",
        )
        .hint("reopen the operation first")
        .with("from", present.status.name())
        .with("to", to.name())
        .with("operation_status", present.operation_status.name()));
    }
    Ok(())
}

impl Declaration for UpdateSubstep {
    const NAME: &'static str = "update_substep";
    const TITLE: &'static str = "Change a substep";
    const DESCRIPTION: &'static str = "Changes fields of a substep: name, place in its operation, state, notes. Only the given fields change, null clears the \
        notes, and the answer tells old and new values. Completing notes when and by whom, leaving completed forgets it.";
    const ACCESS: Access = Access::Write;
    const IDEMPOTENT: bool = true;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("substep_id", "id"), ("description", "name")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started")];
    const EXAMPLES: &'static [Example] = &[Example::new(
        r#"{"id": "@A/substep/P-1012-03/1/4", "status": "in_progress", "notes": "Second shift goes on"}"#,
    )];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such substep or person",
            r#"{"id": "@nothing", "notes": "x"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the state table has no such step",
            r#"{"id": "@A/substep/P-1012-03/1/3", "status": "completed"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "nothing is to be changed",
            r#"{"id": "@A/substep/P-1012-03/1/4"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let wanted = arguments.wanted()?;
        let present = lock(call, arguments.id)?;
        check_person(call, "completed_by", arguments.completed_by)?;
        if let Some(to) = arguments.status {
            check_status(&present, to)?;
        }
        let changes = update(call, arguments.id, &wanted);
        let moved = match arguments.sequence {
            Some(sequence) if changes.contains_key("sequence") => {
                make_room(call, present.operation, sequence, arguments.id)
            }
            _ => 0,
        };
        let summary = match changes.len() {
            0 => "Nothing changed: the substep is already like that.".to_owned(),
            _ => format!(
                "Changed the substep's {}; others moved: {moved}.",
                changes.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            ),
        };
        let progress = progress(call, present.operation);
        let body = format!(
            r#"{{"substep":{},"changes":{},"moved":{moved},"progress":{}}}"#,
            read(call, arguments.id),
            Value::Object(changes),
            json!(progress)
        );
        Ok(Answer::from_sql(summary, body))
    }
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused};
    use crate::tools::substeps::tests::{column, complete_operation, sequences, step};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn an_update_keeps_who_and_when_and_the_order() {
        demo();
        let update = |fields: Value| {
            let mut arguments = fields;
            arguments["id"] = step(3);
            call("B", "update_substep", &arguments)
        };
        let moved = update(json!({"sequence": 1, "name": "Deburr edges", "notes": "All"}));
        assert_eq!(moved["moved"], 2);
        assert_eq!(moved["changes"]["sequence"], json!({"old": 3, "new": 1}));
        assert_eq!(moved["changes"]["notes"], json!({"old": null, "new": "All"}));
        assert_eq!(sequences(), json!([["Deburr edges", 1], ["Touch off tools", 2], ["First article", 3]]));
        let person = json!(id("B/profile/jan.smit"));
        let done = update(json!({"status": "completed", "completed_by": person, "notes": null}));
        assert_eq!((&done["substep"]["completed_by"], &done["substep"]["notes"]), (&person, &Value::Null));
        assert_eq!(done["progress"]["completed"], 2);
        Spi::run("UPDATE mes.substeps SET updated_at = '2020-01-01Z'").expect("an older time");
        let same = update(json!({"status": "completed", "sequence": 1, "notes": null}));
        assert_eq!((&same["changes"], &same["moved"]), (&json!({}), &json!(0)));
        assert_eq!(column(3, "extract(year FROM updated_at)"), 2020);
        assert_eq!(update(json!({"name": "Deburr"}))["substep"]["completed_by"], person);
        let open = update(json!({"status": "pending"}));
        assert_eq!((&open["substep"]["completed_by"], &open["substep"]["completed_at"]), (&Value::Null, &Value::Null));
        assert_eq!(update(json!({"status": "blocked"}))["progress"]["blocked"], 1);
    }

    #[pg_test]
    fn a_substep_is_not_updated_against_the_rules() {
        demo();
        let update = |tenant: &str, step: Value, fields: Value| {
            let mut arguments = fields;
            arguments["id"] = step;
            refused(tenant, "update_substep", &arguments)
        };
        assert_eq!(update("B", step(2), json!({}))["code"], "invalid_arguments");
        assert_eq!(update("B", step(2), json!({"name": null}))["code"], "invalid_arguments");
        let person = json!(id("B/profile/jan.smit"));
        let error = update("B", step(2), json!({"status": "blocked", "completed_by": person}));
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_arguments"), &json!("completed_by")));
        let error = update("B", step(2), json!({"status": "completed", "completed_by": id("A/profile/jan.smit")}));
        assert_eq!(error["code"], "not_found");
        let error = update("B", step(1), json!({"status": "blocked"}));
        assert_eq!((&error["from"], &error["to"]), (&json!("completed"), &json!("blocked")));
        assert_eq!(update("A", step(2), json!({"notes": "x"}))["code"], "not_found");
        assert_eq!(update("B", json!(id("nothing")), json!({"notes": "x"}))["code"], "not_found");
        complete_operation();
        let error = update("B", step(1), json!({"status": "in_progress"}));
        assert_eq!((&error["code"], &error["operation_status"]), (&json!("invalid_state"), &json!("completed")));
        call("B", "update_substep", &json!({"id": step(1), "notes": "still possible"}));
    }
}

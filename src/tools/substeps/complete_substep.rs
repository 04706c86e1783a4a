//! `complete_substep`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{CheckList, Substep, lock, progress, read, update};
use crate::core::states::{SUBSTEP, SubstepStatus};
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::common::{check_person, check_step};

/// `complete_substep`
pub(in crate::tools) struct CompleteSubstep;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The substep's id.
    id: Uuid,
    /// The profile id of the person who did it.
    completed_by: Option<Uuid>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    substep: Substep,
    /// The state it was in before; completed when nothing changed.
    previous_status: SubstepStatus,
    /// Of the operation's substeps.
    progress: CheckList,
    /// Whether all substeps of the operation are completed now.
    all_completed: bool,
}

impl Declaration for CompleteSubstep {
    const NAME: &'static str = "complete_substep";
    const TITLE: &'static str = "Complete a substep";
    const DESCRIPTION: &'static str = "Sets a substep that is not_started or in_progress to completed, notes when and by whom, and tells whether all substeps of \
        its operation are completed; the operation itself stays as it is. One that is completed already stays as it is, with the time and \
        person of the first time. One that is blocked is refused with invalid_state: first unblock it with update_substep.";
    const ACCESS: Access = Access::Write;
    const IDEMPOTENT: bool = true;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("substep_id", "id")];
    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"id": "@A/substep/P-1012-03/1/4", "completed_by": "@A/profile/jan.smit"}"#)];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "there is no such substep or person", r#"{"id": "@nothing"}"#),
        ErrorCase::new(ToolErrorCode::InvalidState, "the substep is blocked", r#"{"id": "@A/substep/P-1012-03/1/3"}"#),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let Arguments { id, completed_by } = arguments;
        let present = lock(call, id)?;
        check_person(call, "completed_by", completed_by)?;
        let repeated = present.status == SubstepStatus::Completed;
        if !repeated {
            check_step(&SUBSTEP, Self::NAME, present.status, SubstepStatus::Completed)?;
            update(call, id, &json!({"status": "completed", "completed_by": completed_by}));
        }
        let progress = progress(call, present.operation);
        let (done, of) = (progress.completed, progress.total);
        let begin = if repeated { "The substep was completed before" } else { "Completed the substep" };
        let body = format!(
            r#"{{"substep":{},"previous_status":"{}","progress":{},"all_completed":{}}}"#,
            read(call, id),
            present.status.name(),
            json!(progress),
            done == of
        );
        Ok(Answer::from_sql(format!("{begin}; {done} of {of} substeps of the operation are completed."), body))
    }
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused};
    use crate::tools::substeps::tests::{column, step};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    #[pg_test]
    fn a_substep_is_completed_once_and_the_last_one_says_so() {
        demo();
        let person = id("B/profile/jan.smit");
        let complete = |number: u8, person: Value| {
            call("B", "complete_substep", &json!({"substep_id": step(number), "completed_by": person}))
        };
        let first = complete(2, json!(person));
        assert_eq!((&first["previous_status"], &first["all_completed"]), (&json!("not_started"), &json!(false)));
        assert_eq!(first["substep"]["completed_by"], json!(person));
        assert!(first["substep"]["completed_at"].is_string() && first["substep"]["completed_by_name"].is_string());
        Spi::run(
            "UPDATE mes.substeps SET completed_at = '2020-01-01Z', updated_at = '2020-01-01Z'
                   WHERE completed_at IS NOT NULL",
        )
        .expect("an older time");
        let again = complete(2, Value::Null);
        assert_eq!(
            (&again["previous_status"], &again["substep"]["completed_by"]),
            (&json!("completed"), &json!(person))
        );
        assert_eq!(column(2, "extract(year FROM completed_at) + extract(year FROM updated_at)"), 4040);
        let last = complete(3, Value::Null);
        assert_eq!((&last["all_completed"], &last["progress"]["completed"]), (&json!(true), &json!(3)));
        assert_eq!(last["substep"]["completed_by"], Value::Null);

        let refuse = |tenant: &str, step: &Value, person: Value| {
            refused(tenant, "complete_substep", &json!({"id": step, "completed_by": person}))
        };
        assert_eq!(refuse("A", &step(3), Value::Null)["code"], "not_found");
        assert_eq!(refuse("B", &json!(id("nothing")), Value::Null)["code"], "not_found");
        let stranger = refuse("B", &step(3), json!(id("A/profile/jan.smit")));
        assert_eq!((&stranger["code"], &stranger["field"]), (&json!("not_found"), &json!("completed_by")));
        Spi::run("UPDATE mes.profiles SET active = false WHERE id = mes_demo_id('B/profile/jan.smit')")
            .expect("a person");
        assert_eq!(refuse("B", &step(3), json!(person))["code"], "invalid_state");
        let blocked = refuse("C", &json!(id("C/substep/L-2-1/2/1")), Value::Null);
        assert_eq!(
            (&blocked["code"], &blocked["allowed"]),
            (&json!("invalid_state"), &json!(["not_started", "in_progress"]))
        );
    }
}

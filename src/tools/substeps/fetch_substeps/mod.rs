//! `fetch_substeps`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::SubstepStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::page::{self, ascending, found, integer_part, text_key};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::shared::{RULES, find, list_arguments, page_output};
use crate::tools::substeps::statements::{COLUMNS, COUNTS};
use crate::tools::substeps::{CheckList, Substep};
use crate::{one_state, sql_args, statement};

/// `fetch_substeps`
pub(in crate::tools) struct FetchSubsteps;

list_arguments! {
    /// Only substeps of the operation with this id. An operation, part or job is required.
    operation_id: Option<Uuid>,
    /// Only substeps in operations of the part with this id.
    part_id: Option<Uuid>,
    /// The part's number, instead of part_id.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only substeps in operations of the job with this id.
    job_id: Option<Uuid>,
    /// The job's number, instead of job_id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only substeps in this state. progress still counts all states.
    status: Option<SubstepStatus>,
}

page_output!(substeps: Substep,
    /// All substeps of the given operation, part or job, whatever their state and the page.
    progress: Json<CheckList>);

const STATUS: &[Part] = one_state!("status": "s.status" in ["not_started", "in_progress", "completed", "blocked"]);

const PLACES: &[Part] = &[
    Part::filter("operation", "s.operation_id = {{value}}", Type::Uuid),
    Part::filter("part", "o.part_id = {{value}}", Type::Uuid),
    Part::filter("job", "p.job_id = {{value}}", Type::Uuid),
];

const BY_SEQUENCE: &[Part] = &ascending("sequence", "{{order_of_work}}", "text");

/// Part by part, operation by operation. The lowest character of all ends the part number, so that all operations of `P-1` come before
/// those of `P-10`; the operation's id separates two with the same number.
fn order_of_work() -> String {
    let (operation, substep) = (integer_part("o.sequence"), integer_part("s.sequence"));
    text_key(&["p.part_number", r"E'\x01'", &operation, "o.id::text", &substep])
}

statement! {
    static PAGE = "WITH {{page}}", include_str!("../row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, page::RULES]),
           fills(&[("columns", Fill::Text(COLUMNS)), ("listed", Fill::Text("{{live_substeps}}")), ("id", Fill::Text("s.id")), ("order_of_work", Fill::Made(order_of_work))]),
           parts(&[PLACES, STATUS, page::CURSOR, BY_SEQUENCE]);

    static TOTAL = "SELECT count(*) FROM {{live_substeps}}{{where}}"; [Uuid]
        => rules(&[RULES]), parts(&[PLACES, STATUS]);

    static PROGRESS = include_str!("progress.sql"); [Uuid]
        => rules(&[RULES]), fills(&[("counts", Fill::Text(COUNTS))]), parts(&[PLACES]);

    static EXIST = include_str!("places.sql"); [Uuid, Uuid, Uuid, Uuid] => rules(&[RULES]);
}

/// The operation, the part and the job to look at. Unlike the filters of other lists, each must exist, because a checklist belongs to
/// something.
fn places(call: &Call, arguments: &Arguments) -> Result<[Option<Uuid>; 3], ToolError> {
    let Arguments { operation_id, part_id, part_number, job_id, job_number, .. } = arguments;
    let part = find::optional(call, &find::PART, "part_id", *part_id, part_number.as_deref())?;
    let job = find::optional(call, &find::JOB, "job_id", *job_id, job_number.as_deref())?;
    let places = [*operation_id, part, job];
    if places.iter().all(Option::is_none) {
        let needed = "one of operation_id, part_id, part_number, job_id and job_number is required";
        return Err(ToolError::new(ToolErrorCode::InvalidArguments, needed)
            .hint("fetch_operations, fetch_parts and fetch_jobs give the ids"));
    }
    let exist = call.row(&EXIST, sql_args![*operation_id, part, job], |row| row.get_three::<bool, bool, bool>());
    let exist = [exist.0, exist.1, exist.2];
    for ((what, id), exists) in ["operation", "part", "job"].into_iter().zip(places).zip(exist) {
        if let (Some(id), Some(false)) = (id, exists) {
            return Err(ToolError::not_found(what, &id));
        }
    }
    Ok(places)
}

impl Declaration for FetchSubsteps {
    const NAME: &'static str = "fetch_substeps";
    const TITLE: &'static str = "List substeps";
    const DESCRIPTION: &'static str = "Lists the substeps (the checklist) of an operation, or of all operations of a part or a job, in the order of work, with state, \
        notes and who completed them when, and counts all, the completed and the blocked ones. Unlike in other lists, an operation, part or job \
        that does not exist is not_found.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("task_id", "operation_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let [operation, part, job] = places(call, &arguments)?;
        let mut choice = Choice::none();
        choice.value("operation", operation);
        choice.value("part", part);
        choice.value("job", job);
        let progress = call.json_of(&PROGRESS, &choice, &[]);
        let status = arguments.status.map(SubstepStatus::name);
        choice.one(status);
        let total = arguments.include_total.then(|| page::total(call, &TOTAL, &choice));
        let page = page::page(call, &PAGE, choice, arguments.wanted("sequence"), &[])?;
        Ok(Answer::new(found(&page, "substep", status, total), &Output::of(page, total, progress)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"operation_id": "@A/operation/P-1012-03/1", "limit": 2}"#),
        Example::new(r#"{"part_number": "P-1012-03", "status": "blocked"}"#),
        Example::new(r#"{"job_number": "JOB-1012", "limit": 2, "include_total": true}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the operation, part or job does not exist or was deleted",
            r#"{"operation_id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "no operation, part or job is given, or the cursor is not from this list",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "cursor": "x"}"#,
        ),
    ];
}

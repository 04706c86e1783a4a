//! `fetch_substeps`.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::core::states::SubstepStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::list::{List, Order, found, integer_part, text_key};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::shared::{LIVE_SUBSTEPS, find, list_arguments, list_output, with_rules};
use crate::tools::substeps::{CheckList, PROGRESS, Substep};

/// `fetch_substeps`
pub(in crate::tools) struct FetchSubsteps;

list_arguments! {
    /// Only substeps of the operation with this id. An operation, a part or a job must be given.
    operation_id: Option<Uuid>,
    /// Only substeps of the operations of the part with this id.
    part_id: Option<Uuid>,
    /// Instead of part_id: the part's number.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only substeps of the operations of the job with this id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only substeps in this state. The progress counts all states nevertheless.
    status: Option<SubstepStatus>,
}

/// Where to look: an operation, a part, a job. Unlike the filters of other lists each must exist: a check list is of something.
type Places = [Option<Uuid>; 3];

fn places(call: &Call, arguments: &Arguments) -> Result<Places, ToolError> {
    static EXIST: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("places.sql")));
    let Arguments { operation_id, part_id, part_number, job_id, job_number, .. } = arguments;
    let part = find::optional(call, &find::PART, "part_id", *part_id, part_number.as_deref())?;
    let job = find::optional(call, &find::JOB, "job_id", *job_id, job_number.as_deref())?;
    let places = [*operation_id, part, job];
    if places.iter().all(Option::is_none) {
        let needed = "one of operation_id, part_id, part_number, job_id and job_number is required";
        return Err(ToolError::new(ToolErrorCode::InvalidArguments, needed)
            .hint("fetch_operations, fetch_parts and fetch_jobs give the ids"));
    }
    let [operation, part, job] = places.map(|id| id.map(uuid));
    let exist = query::read(&EXIST, sql_args![uuid(call.tenant), operation, part, job], |rows| {
        rows.first().get_three::<bool, bool, bool>()
    });
    let exist = [exist.0, exist.1, exist.2];
    for ((what, id), exists) in ["operation", "part", "job"].into_iter().zip(places).zip(exist) {
        if let (Some(id), Some(false)) = (id, exists) {
            return Err(ToolError::not_found(what, &id));
        }
    }
    Ok(places)
}

/// Part by part, operation by operation. The lowest of all characters ends the part's number, so that `P-1` comes before `P-10` with all
/// its operations; the operation's id keeps two with one number apart.
static SEQUENCE: LazyLock<String> = LazyLock::new(|| {
    let (operation, substep) = (integer_part("o.sequence"), integer_part("s.sequence"));
    text_key(&["p.part_number", r"E'\x01'", &operation, "o.id::text", &substep])
});

list_output!(substeps: Substep,
    /// Of all substeps of the given operation, part or job, whatever their state and the page.
    progress: CheckList);

impl Declaration for FetchSubsteps {
    const NAME: &'static str = "fetch_substeps";
    const TITLE: &'static str = "List substeps";
    const DESCRIPTION: &'static str = "Lists the substeps (the check list) of an operation, or of all operations of a part or a job, in the order of work, with \
        state, notes and who completed them when, and counts how many there are, how many are completed and how many blocked. Unlike in other \
        lists, an operation, part or job that does not exist is not_found.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("task_id", "operation_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"operation_id": "@A/operation/P-1012-03/1", "limit": 2}"#),
        Example::new(r#"{"part_number": "P-1012-03", "status": "blocked"}"#),
        Example::new(r#"{"job_number": "JOB-1012", "limit": 2, "include_total": true}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such operation, part or job, or it was deleted",
            r#"{"operation_id": "@nothing"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "no operation, part or job is given, or the cursor is not from this list",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "cursor": "x"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static PAGE: LazyLock<String> =
            LazyLock::new(|| with_rules(concat!(include_str!("page.sql"), include_str!("../row.sql"))));

        let places = places(call, &arguments)?;
        let mut list = List::new(&PAGE, "s.id", call.tenant);
        for (condition, id) in ["s.operation_id = {}", "o.part_id = {}", "p.job_id = {}"].into_iter().zip(places) {
            list.filter(condition, id.map(uuid));
        }
        let progress = list.aggregate(PROGRESS, LIVE_SUBSTEPS);
        list.one_of("s.status", arguments.status.map(SubstepStatus::name));
        let total = arguments.include_total.then(|| list.total(LIVE_SUBSTEPS));
        let order = Order { name: "sequence", key: &SEQUENCE, key_type: "text", descending: false };
        let page = list.page(&order, arguments.cursor.as_deref(), arguments.limit.rows())?;
        let summary = found(&page, "substep", arguments.status.map(SubstepStatus::name), total);
        Ok(Answer::from_sql(summary, page.into_body_with("substeps", total, &[("progress", &progress)])))
    }
}

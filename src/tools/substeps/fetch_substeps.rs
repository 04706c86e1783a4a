//! `fetch_substeps`.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{CheckList, PROGRESS, Substep};
use crate::core::states::SubstepStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::uuid;
use crate::run::list::{List, Order, found, integer_part, text_key};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::Limit;
use crate::tools::common::{LIVE_SUBSTEPS, list_output, with_rules};

/// `fetch_substeps`
pub(in crate::tools) struct FetchSubsteps;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only substeps of the operation with this id. One of operation_id, part_id and job_id must be given.
    operation_id: Option<Uuid>,
    /// Only substeps of the operations of the part with this id.
    part_id: Option<Uuid>,
    /// Only substeps of the operations of the job with this id.
    job_id: Option<Uuid>,
    /// Only substeps in this state. The progress counts all states nevertheless.
    status: Option<SubstepStatus>,
    /// How many substeps to give, at most 500 (default 50).
    limit: Limit,
    /// next_cursor of the page before, with otherwise the same arguments.
    cursor: Option<String>,
    /// true: also count all substeps that fit.
    include_total: bool,
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
        state, notes and who completed them when, and counts how many there are, how many are completed and how many blocked.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("task_id", "operation_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started")];
    const EXAMPLES: &'static [Example] = &[Example::new(r#"{"operation_id": "@A/operation/P-1012-03/1", "limit": 2}"#)];
    const ERRORS: &'static [ErrorCase] = &[ErrorCase::new(
        ToolErrorCode::InvalidArguments,
        "the cursor is not from this list",
        r#"{"operation_id": "@A/operation/P-1012-03/1", "cursor": "x"}"#,
    )];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static PAGE: LazyLock<String> =
            LazyLock::new(|| with_rules(concat!(include_str!("page.sql"), include_str!("row.sql"))));

        let places = [arguments.operation_id, arguments.part_id, arguments.job_id];
        if places.iter().all(Option::is_none) {
            return Err(ToolError::new(
                ToolErrorCode::InvalidArguments,
                "one of operation_id, part_id and job_id is required",
            )
            .hint("fetch_operations, fetch_parts and fetch_jobs give the ids"));
        }
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
        let body = page.into_body("substeps", total);
        let list = body.strip_suffix('}').unwrap_or_default();
        Ok(Answer::from_sql(summary, format!(r#"{list},"progress":{progress}}}"#)))
    }
}

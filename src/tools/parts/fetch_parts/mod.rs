//! `fetch_parts`.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::uuid;
use crate::run::list::{List, Order, found};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::run::values::contains_pattern;
use crate::tools::parts::Part;
use crate::tools::shared::{LIVE_PARTS, find, list_arguments, list_output, more_fields, with_rules};

/// `fetch_parts`
pub(in crate::tools) struct FetchParts;

list_arguments! {
    /// Only parts of the job with this id.
    job_id: Option<Uuid>,
    /// Instead of job_id: the job's number.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only parts in this state.
    status: Option<JobStatus>,
    /// Only parts whose number contains this text, in upper or lower case.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// Only parts whose material contains this text, in upper or lower case.
    #[schemars(length(min = 1))]
    material: Option<String>,
    /// true: only bullet cards (work that goes first); false: only the others.
    is_bullet_card: Option<bool>,
    /// Only parts that are at the cell with this id now.
    cell_id: Option<Uuid>,
    /// Instead of cell_id: the cell's name.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only parts directly below the assembly with this part id.
    parent_part_id: Option<Uuid>,
    /// Only parts with these words in number, material, drawing number or notes.
    #[schemars(length(min = 1))]
    search: Option<String>,
    /// newest first (default), the earliest effective due date first (those without one last), or by part number.
    order: OrderBy,
    => fields: PartField
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OrderBy {
    #[default]
    Newest,
    DueDate,
    PartNumber,
}

impl OrderBy {
    const fn order(self) -> Order {
        match self {
            Self::Newest => Order { name: "newest", key: "p.created_at", key_type: "timestamptz", descending: true },
            Self::DueDate => Order {
                name: "due_date",
                key: "coalesce(j.due_date_override, j.due_date, 'infinity')",
                key_type: "timestamptz",
                descending: false,
            },
            Self::PartNumber => {
                Order { name: "part_number", key: "p.part_number", key_type: "text", descending: false }
            }
        }
    }
}

more_fields!(PartField of "parts" {
    Notes = "notes": "x.notes",
    MaterialLot = "material_lot": "x.material_lot",
    MaterialSupplier = "material_supplier": "x.material_supplier",
    MaterialCertNumber = "material_cert_number": "x.material_cert_number",
    ExternalId = "external_id": "x.external_id",
});

list_output!(parts: Part);

impl Declaration for FetchParts {
    const NAME: &'static str = "fetch_parts";
    const TITLE: &'static str = "List parts";
    const DESCRIPTION: &'static str = "Lists the parts of jobs with state, material, quantity (pieces), current cell, the job's due date and how many \
        operations are completed. Parts of deleted jobs are not shown. For the operations themselves use fetch_operations.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("current_cell_id", "cell_id"), ("current_stage_id", "cell_id"), ("bullet_card", "is_bullet_card")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("status", "pending", "not_started"), ("status", "paused", "on_hold")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"job_number": "JOB-1012", "order": "part_number", "limit": 2, "include_total": true}"#),
        Example::new(r#"{"is_bullet_card": true, "fields": ["notes", "material_lot"]}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "no job has this number", r#"{"job_number": "JOB-9999"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the cursor is not from this list in this order",
            r#"{"cursor": "x"}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static PAGE: LazyLock<String> =
            LazyLock::new(|| with_rules(concat!(include_str!("page.sql"), include_str!("../row.sql"))));

        let mut list = List::new(&PAGE, "p.id", call.tenant);
        let job = find::optional(call, &find::JOB, "job_id", arguments.job_id, arguments.job_number.as_deref())?;
        let cell = find::optional(call, &find::CELL, "cell_id", arguments.cell_id, arguments.cell_name.as_deref())?;
        list.filter("p.job_id = {}", job.map(uuid));
        list.one_of("p.status", arguments.status.map(JobStatus::name));
        list.filter("p.part_number ILIKE {}", arguments.part_number.as_deref().map(contains_pattern));
        list.filter("p.material ILIKE {}", arguments.material.as_deref().map(contains_pattern));
        list.filter("coalesce(p.is_bullet_card, false) = {}", arguments.is_bullet_card);
        list.filter("p.current_cell_id = {}", cell.map(uuid));
        list.filter("p.parent_part_id = {}", arguments.parent_part_id.map(uuid));
        list.search("p", arguments.search.as_deref());
        PartField::show(&arguments.fields, &mut list);
        let total = arguments.include_total.then(|| list.total(LIVE_PARTS));
        let page = list.page(&arguments.order.order(), arguments.cursor.as_deref(), arguments.limit.rows())?;
        let summary = found(&page, "part", arguments.status.map(JobStatus::name), total);
        Ok(Answer::from_sql(summary, page.into_body("parts", total)))
    }
}

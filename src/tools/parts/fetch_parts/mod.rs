//! `fetch_parts`.

#[cfg(any(test, feature = "pg_test"))]
mod tests;

use uuid::Uuid;

use crate::core::states::JobStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part as SqlPart};
use crate::run::page::{self, found};
use crate::run::texts::{Wording, Words};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::parts::{COLUMNS, Part};
use crate::tools::shared::{
    FOREIGN_CURSOR, NO_WORD, RULES, STATUS_ALIASES, find, list_arguments, more_fields, orders, page_output,
};
use crate::{contains, has_words, one_state, statement};

/// `fetch_parts`
pub(in crate::tools) struct FetchParts;

list_arguments! {
    /// Only parts of the job with this id.
    job_id: Option<Uuid>,
    /// The job's number, instead of job_id.
    #[schemars(length(min = 1))]
    job_number: Option<String>,
    /// Only parts in this state.
    status: Option<JobStatus>,
    /// Only parts with all of these words, or parts of words, in their number.
    part_number: Option<Words>,
    /// Only parts whose material contains this text, regardless of case and accents.
    material: Option<Wording>,
    /// true: only bullet cards (top-priority work); false: only the others.
    is_bullet_card: Option<bool>,
    /// Only parts that are currently at the cell with this id.
    cell_id: Option<Uuid>,
    /// The cell's name, instead of cell_id.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Only direct components of the assembly with this part id.
    parent_part_id: Option<Uuid>,
    /// Only parts with all of these words, or parts of words, in their number, material, drawing number or notes, regardless of case and
    /// accents.
    search: Option<Words>,
    /// Sort order: newest first (default), earliest effective due date first (parts without one last), or by part number.
    order: OrderBy,
    => fields: PartField
}

orders!(OrderBy {
    #[default]
    Newest = "newest": descending "p.created_at" as "timestamptz",
    DueDate = "due_date": ascending "coalesce(j.due_date_override, j.due_date, 'infinity')" as "timestamptz",
    PartNumber = "part_number": ascending "p.part_number" as "text",
});

more_fields!(PartField of "parts" {
    Notes = "notes": "x.notes",
    MaterialLot = "material_lot": "x.material_lot",
    MaterialSupplier = "material_supplier": "x.material_supplier",
    MaterialCertNumber = "material_cert_number": "x.material_cert_number",
    ExternalId = "external_id": "x.external_id",
});

page_output!(parts: Part);

const STATUS: &[SqlPart] = one_state!("status": "p.status" in ["not_started", "in_progress", "completed", "on_hold"]);

const FILTERS: &[SqlPart] = &[
    SqlPart::filter("job", "p.job_id = {{value}}", Type::Uuid),
    SqlPart::filter("number", has_words!("p.part_number"), Type::TextArray),
    SqlPart::filter("material_contains", contains!("p.material"), Type::Text),
    SqlPart::filter("is_bullet_card", "coalesce(p.is_bullet_card, false) = {{value}}", Type::Bool),
    SqlPart::filter("cell", "p.current_cell_id = {{value}}", Type::Uuid),
    SqlPart::filter("parent_part", "p.parent_part_id = {{value}}", Type::Uuid),
    SqlPart::filter("search", has_words!("p.part_number, p.material, p.drawing_no, p.notes"), Type::TextArray),
];

statement! {
    static PAGE = "WITH {{page}}", include_str!("../row.sql"); [Uuid, Int8, Text, Uuid]
        => rules(&[RULES, page::RULES]),
           fills(&[("columns", Fill::Text(COLUMNS)), ("listed", Fill::Text("{{live_parts}}")), ("id", Fill::Text("p.id"))]),
           parts(&[STATUS, FILTERS, page::CURSOR, OrderBy::PARTS, PartField::PARTS]);

    static TOTAL = "SELECT count(*) FROM {{live_parts}}{{where}}"; [Uuid] => rules(&[RULES]), parts(&[STATUS, FILTERS]);
}

impl Declaration for FetchParts {
    const NAME: &'static str = "fetch_parts";
    const TITLE: &'static str = "List parts";
    const DESCRIPTION: &'static str = "Lists parts with their state, material, quantity (pieces), current cell, the due date of their job and how many of their \
        operations are completed. Parts of deleted jobs are left out. For the operations themselves, use fetch_operations.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("current_cell_id", "cell_id"), ("current_stage_id", "cell_id"), ("bullet_card", "is_bullet_card")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] = STATUS_ALIASES;
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let job = find::optional(call, &find::JOB, "job_id", arguments.job_id, arguments.job_number.as_deref())?;
        let cell = find::optional(call, &find::CELL, "cell_id", arguments.cell_id, arguments.cell_name.as_deref())?;
        let status = arguments.status.map(JobStatus::name);
        let mut choice = Choice::none();
        choice.one(status);
        choice.value("job", job);
        choice.value("number", arguments.part_number.as_ref().map(Words::patterns));
        choice.value("material_contains", arguments.material.as_ref().map(Wording::pattern));
        choice.value("is_bullet_card", arguments.is_bullet_card);
        choice.value("cell", cell);
        choice.value("parent_part", arguments.parent_part_id);
        choice.value("search", arguments.search.as_ref().map(Words::patterns));
        let total = arguments.include_total.then(|| page::total(call, &TOTAL, &choice));
        PartField::choose(&arguments.fields, &mut choice);
        let page = page::page(call, &PAGE, choice, arguments.wanted(arguments.order.name()), &[])?;
        Ok(Answer::new(found(&page, "part", status, total), &Output::of(page, total)))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(r#"{"job_number": "JOB-1012", "order": "part_number", "limit": 2, "include_total": true}"#),
        Example::new(r#"{"is_bullet_card": true, "fields": ["notes", "material_lot"]}"#),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "no job has this number", r#"{"job_number": "JOB-9999"}"#),
        FOREIGN_CURSOR,
        NO_WORD,
    ];
}

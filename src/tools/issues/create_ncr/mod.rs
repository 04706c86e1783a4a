//! `create_ncr`.

mod author;
mod number;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::core::json::Json;
use crate::core::states::{IssueSeverity, IssueStatus, NcrCategory, NcrDisposition};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::{Choice, Fill};
use crate::run::tool::{Access, Answer, Before, Call, Declaration, ErrorCase, Example};
use crate::tools::issues::review::lock::{self, OperationEffect, Surroundings, YellowCard};
use crate::tools::issues::review::scrap::{self, Booked, Booking};
use crate::tools::issues::{Issue, read};
use crate::tools::shared::ncr_numbers::are_the_hosts;
use crate::tools::shared::{MAX_NOTES, NAME, NUMBERED_FOR_A_NEW_ONE, RULES, find};
use crate::{sql_args, statement};
use number::{keep_number, take_number};

/// `create_ncr`
pub(in crate::tools) struct CreateNcr;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The id of the operation where the non-conformance was found.
    operation_id: Option<Uuid>,
    /// The part's number, together with operation_sequence, instead of operation_id.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// The operation's position within the part, together with part_number.
    operation_sequence: Option<i32>,
    /// What is wrong, in one line.
    #[schemars(length(min = 1, max = 200), regex(pattern = NAME))]
    title: String,
    /// How bad it is.
    severity: IssueSeverity,
    /// The kind of non-conformance.
    ncr_category: NcrCategory,
    /// A full description of what is wrong (default: the title).
    #[schemars(length(min = 1, max = MAX_NOTES))]
    description: Option<String>,
    /// How many pieces are affected, at most the part's quantity.
    #[schemars(range(min = 0))]
    affected_quantity: Option<i32>,
    /// What is to be done with the affected pieces, if that has been decided.
    disposition: Option<NcrDisposition>,
    /// Why it happened, if that is known.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    root_cause: Option<String>,
    /// What was done about it.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    corrective_action: Option<String>,
    /// What prevents it from happening again.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    preventive_action: Option<String>,
    /// The profile id of the person who found it. If it is left out, the key's owner is named as the author, or an admin if the key has
    /// no owner.
    reported_by_id: Option<Uuid>,
    /// true: park the operation (on_hold, Yellow Card) until the NCR is no longer pending.
    #[serde(default)]
    causes_standstill: bool,
    /// true: the NCR cannot be closed without a verification note.
    #[serde(default)]
    verification_required: bool,
    /// true: also book the affected pieces as scrap on the operation. Requires disposition scrap and an affected_quantity of at least 1.
    #[serde(default)]
    book_scrap: bool,
    /// The id of the scrap reason; only with book_scrap.
    scrap_reason_id: Option<Uuid>,
    /// The code of the scrap reason, instead of scrap_reason_id.
    #[schemars(length(min = 1))]
    scrap_reason_code: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    ncr: Json<Issue>,
    operation: OperationEffect,
    /// Null unless book_scrap was true.
    scrap_booked: Option<Booked>,
    /// Open (pending or approved) NCRs on the same operation with the same category, the newest first, at most 10. The new one may be a
    /// duplicate of one of them.
    similar_ncrs: Vec<Similar>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Similar {
    created_at: DateTime<FixedOffset>,
    id: Uuid,
    ncr_number: Option<String>,
    severity: IssueSeverity,
    status: IssueStatus,
    title: Option<String>,
}

impl Arguments {
    /// The pieces to be booked as scrap, if any.
    fn scrap(&self) -> Result<Option<i32>, ToolError> {
        let pieces = self.affected_quantity.filter(|pieces| *pieces > 0);
        match (self.book_scrap, self.disposition, pieces) {
            (true, Some(NcrDisposition::Scrap), Some(pieces)) => Ok(Some(pieces)),
            (true, _, _) => {
                let requires = "book_scrap requires disposition scrap and an affected_quantity of at least 1";
                Err(ToolError::invalid("book_scrap", requires))
            }
            (false, _, _) => match (self.scrap_reason_id, &self.scrap_reason_code) {
                (Some(_), _) => Err(ToolError::invalid("scrap_reason_id", "scrap_reason_id requires book_scrap")),
                (_, Some(_)) => Err(ToolError::invalid("scrap_reason_code", "scrap_reason_code requires book_scrap")),
                (None, None) => Ok(None),
            },
        }
    }

    fn operation(&self, call: &Call) -> Result<Uuid, ToolError> {
        match (self.operation_id, &self.part_number, self.operation_sequence) {
            (Some(_), Some(_), _) => {
                Err(ToolError::invalid("part_number", "give operation_id or part_number, not both"))
            }
            (Some(_), None, Some(_)) => {
                Err(ToolError::invalid("operation_sequence", "operation_sequence requires part_number"))
            }
            (Some(id), None, None) => Ok(id),
            (None, Some(number), Some(sequence)) => operation_of_part(call, number, sequence),
            (None, Some(_), None) => {
                Err(ToolError::invalid("operation_sequence", "part_number requires operation_sequence"))
            }
            (None, None, _) => {
                Err(ToolError::invalid("operation_id", "give operation_id, or part_number and operation_sequence"))
            }
        }
    }

    /// The row, by the names that the statement knows.
    fn row(&self, id: Uuid, operation: Uuid, author: Uuid, number: &str, around: &Surroundings) -> Value {
        json!({
            "id": id,
            "ncr_number": number,
            "operation_id": operation,
            "created_by": author,
            "reported_by_id": self.reported_by_id,
            "title": self.title,
            "description": self.description,
            "severity": self.severity,
            "ncr_category": self.ncr_category,
            "disposition": self.disposition,
            "root_cause": self.root_cause,
            "corrective_action": self.corrective_action,
            "preventive_action": self.preventive_action,
            "affected_quantity": self.affected_quantity,
            "verification_required": self.verification_required,
            "causes_standstill": self.causes_standstill,
            "current_cell_id": around.current_cell_id,
            "intended_next_cell_id": around.intended_next_cell_id,
        })
    }
}

fn operation_of_part(call: &Call, number: &str, sequence: i32) -> Result<Uuid, ToolError> {
    statement! {
        static OPERATIONS = include_str!("operations_of_part.sql"); [Uuid, Uuid, Int4] => rules(&[RULES]);
    }
    let part = find::one(call, &find::PART, "operation_id", None, Some(number))?;
    let ids = call.ids(&OPERATIONS, &Choice::none(), sql_args![part, sequence]);
    match ids[..] {
        [id] => Ok(id),
        [] => Err(ToolError::not_found("operation", &sequence).with("field", "operation_sequence")),
        _ => Err(ToolError::invalid("operation_sequence", "several operations of the part have this sequence")
            .hint("give the operation_id of one of the candidates")
            .with("candidates", ids.iter().map(Uuid::to_string).collect::<Vec<_>>())),
    }
}

statement! {
    static INSERT = include_str!("insert.sql"); [Uuid, Text]
        => fills(&[("ncr_column", Fill::ByShape(|shape| if are_the_hosts(shape) { "ncr_number, " } else { "" })),
                   ("ncr_value", Fill::ByShape(|shape| if are_the_hosts(shape) { "w.ncr_number, " } else { "" }))]);

    static SIMILAR = include_str!("similar.sql"); [Uuid, Uuid, Text, Uuid] => rules(&[RULES]);
}

impl Declaration for CreateNcr {
    const NAME: &'static str = "create_ncr";
    const TITLE: &'static str = "Report a non-conformance";
    const DESCRIPTION: &'static str = "Creates a pending non-conformance report (NCR) on an operation, with the factory's next number (NCR-<year>-<number>). On \
        request it parks the operation (Yellow Card) and books the affected pieces as scrap. Each call creates another NCR; the answer \
        lists similar open NCRs. To book scrap only use report_scrap; to review or close an NCR, update_issue.";
    const ACCESS: Access = Access::Write;
    const BEFORE: Option<Before> = Some(NUMBERED_FOR_A_NEW_ONE);
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("task_id", "operation_id"), ("category", "ncr_category"), ("reported_by", "reported_by_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("ncr_category", "material", "material_defect"), ("ncr_category", "process", "process_error")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let pieces = arguments.scrap()?;
        let operation = arguments.operation(call)?;
        let author = author::of(call, arguments.reported_by_id)?;
        let reason = scrap::reason(call, arguments.scrap_reason_id, arguments.scrap_reason_code.as_deref())?;
        let previous = lock::operation(call, operation)?;
        let around = lock::surroundings(call, operation);
        lock::check_affected(arguments.affected_quantity, around.part_quantity)?;
        if let Some(pieces) = pieces {
            scrap::check_room(around.part_quantity, around.scrapped, pieces)?;
        }
        let (id, number) = (Uuid::new_v4(), take_number(call));
        let row = arguments.row(id, operation, author, &number, &around).to_string();
        call.execute(&INSERT, sql_args![row.as_str()]);
        keep_number(call, id, &number);
        let scrap_booked = pieces.map(|pieces| {
            let (recorded_by, ncr_number) = (Some(author), Some(number.as_str()));
            scrap::book(call, &Booking { operation, pieces, reason, recorded_by, ncr_number })
        });
        let effect = lock::effect(call, operation, previous);
        let similar_ncrs = call.rows(&SIMILAR, sql_args![operation, arguments.ncr_category.name(), id]);
        let output = Output { ncr: read(call, id), operation: effect, scrap_booked, similar_ncrs };
        let summary = format!(
            "Created {number}; similar open NCRs: {}.{}",
            output.similar_ncrs.len(),
            YellowCard::sentence(output.operation.yellow_card)
        );
        Ok(Answer::new(summary, &output))
    }

    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"operation_id": "@A/operation/P-1012-03/1", "title": "Hole pattern is off by 0.6 mm", "severity": "high",
                "ncr_category": "dimensional", "affected_quantity": 2, "reported_by_id": "@A/profile/jan.smit", "causes_standstill": true}"#,
        ),
        Example::new(
            r#"{"part_number": "P-1012-04", "operation_sequence": 20, "title": "Cracked at the bend", "severity": "medium",
                "ncr_category": "material_defect", "affected_quantity": 3, "disposition": "scrap", "book_scrap": true,
                "scrap_reason_code": "CRK"}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "the operation, part, person or scrap reason does not exist or was deleted",
            r#"{"operation_id": "@nothing", "title": "x", "severity": "low", "ncr_category": "other"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the category or disposition is unknown (design, repair, …)",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "title": "x", "severity": "low", "ncr_category": "design"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the part has fewer pieces than affected_quantity",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "title": "x", "severity": "low", "ncr_category": "other",
                "affected_quantity": 100000}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the person or the scrap reason is no longer active",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "title": "x", "severity": "low", "ncr_category": "other",
                "reported_by_id": "@A/profile/wim.vandenberg"}"#,
        ),
    ];
}

//! `create_ncr`.

mod author;
mod number;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::core::states::{IssueSeverity, IssueStatus, NcrCategory, NcrDisposition};
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::issues::review::lock::{self, OperationEffect, Surroundings, YellowCard};
use crate::tools::issues::review::scrap::{self, Booked, Booking};
use crate::tools::issues::{Issue, read, with_issues};
use crate::tools::shared::{MAX_NOTES, NAME, find};
use number::take_number;

/// `create_ncr`
pub(in crate::tools) struct CreateNcr;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The id of the operation where it was found.
    operation_id: Option<Uuid>,
    /// Instead of operation_id: the part's number, together with operation_sequence.
    #[schemars(length(min = 1))]
    part_number: Option<String>,
    /// The operation's order inside the part, with part_number.
    operation_sequence: Option<i32>,
    /// What is wrong, in one line.
    #[schemars(length(min = 1, max = 200), regex(pattern = NAME))]
    title: String,
    /// How bad it is.
    severity: IssueSeverity,
    /// What does not conform.
    ncr_category: NcrCategory,
    /// What is wrong, in full; without it, the title.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    description: Option<String>,
    /// How many pieces it is about, at most the part's quantity.
    #[schemars(range(min = 0))]
    affected_quantity: Option<i32>,
    /// What is to be done with them, when that is decided already.
    disposition: Option<NcrDisposition>,
    /// Why it happened, when that is known already.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    root_cause: Option<String>,
    /// What was done about it.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    corrective_action: Option<String>,
    /// What keeps it from happening again.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    preventive_action: Option<String>,
    /// The profile id of the person who found it. Without one the NCR stands under the name of the key's owner, and when the key has
    /// none, of an admin.
    reported_by_id: Option<Uuid>,
    /// true: the operation is parked (on_hold, Yellow Card) until the NCR is no longer pending.
    #[serde(default)]
    causes_standstill: bool,
    /// true: the NCR cannot be closed without a verification note.
    #[serde(default)]
    verification_required: bool,
    /// true: also book the affected pieces as scrap of the operation. Needs disposition scrap and an affected_quantity of at least 1.
    #[serde(default)]
    book_scrap: bool,
    /// Why they are scrap: the id of a scrap reason, with book_scrap.
    scrap_reason_id: Option<Uuid>,
    /// Instead of scrap_reason_id: the reason's code.
    #[schemars(length(min = 1))]
    scrap_reason_code: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    ncr: Issue,
    operation: OperationEffect,
    /// Null unless book_scrap was true.
    scrap_booked: Option<Booked>,
    /// NCRs on the same operation with the same category that are pending or approved, the newest first, at most 10: it may be one of
    /// them.
    similar_ncrs: Vec<Similar>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Similar {
    id: Uuid,
    ncr_number: Option<String>,
    title: Option<String>,
    severity: IssueSeverity,
    status: IssueStatus,
    created_at: DateTime<FixedOffset>,
}

impl Arguments {
    /// The pieces to be booked as scrap, when some are.
    fn scrap(&self) -> Result<Option<i32>, ToolError> {
        let pieces = self.affected_quantity.filter(|pieces| *pieces > 0);
        match (self.book_scrap, self.disposition, pieces) {
            (true, Some(NcrDisposition::Scrap), Some(pieces)) => Ok(Some(pieces)),
            (true, _, _) => {
                let needs = "book_scrap needs disposition scrap and an affected_quantity of at least 1";
                Err(ToolError::invalid("book_scrap", needs))
            }
            (false, _, _) => match (self.scrap_reason_id, &self.scrap_reason_code) {
                (Some(_), _) => Err(ToolError::invalid("scrap_reason_id", "scrap_reason_id needs book_scrap")),
                (_, Some(_)) => Err(ToolError::invalid("scrap_reason_code", "scrap_reason_code needs book_scrap")),
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
                Err(ToolError::invalid("operation_sequence", "operation_sequence needs part_number"))
            }
            (Some(id), None, None) => Ok(id),
            (None, Some(number), Some(sequence)) => operation_of_part(call, number, sequence),
            (None, Some(_), None) => {
                Err(ToolError::invalid("operation_sequence", "part_number needs operation_sequence"))
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
    static OPERATIONS: LazyLock<String> = LazyLock::new(|| with_issues(include_str!("operations_of_part.sql")));
    let part = find::one(call, &find::PART, "operation_id", None, Some(number))?;
    let ids: Vec<Uuid> = query::read(&OPERATIONS, sql_args![uuid(call.tenant), uuid(part), sequence], |rows| {
        rows.map(|row| row.get::<pgrx::Uuid>(1)).collect::<Result<Vec<_>, _>>()
    })
    .into_iter()
    .flatten()
    .map(query::from_uuid)
    .collect();
    match ids[..] {
        [id] => Ok(id),
        [] => Err(ToolError::not_found("operation", &sequence).with("field", "operation_sequence")),
        _ => Err(ToolError::invalid("operation_sequence", "several operations of the part have this number")
            .hint("give the operation_id of one of the candidates")
            .with("candidates", ids.iter().map(Uuid::to_string).collect::<Vec<_>>())),
    }
}

fn similar(call: &Call, operation: Uuid, category: NcrCategory, id: Uuid) -> Vec<Similar> {
    let args = sql_args![uuid(call.tenant), uuid(operation), category.name(), uuid(id)];
    query::write(include_str!("similar.sql"), args, |rows| rows.first().get_one::<String>())
        .map(|text| serde_json::from_str(&text).expect("the statement gives this type"))
        .unwrap_or_default()
}

impl Declaration for CreateNcr {
    const NAME: &'static str = "create_ncr";
    const TITLE: &'static str = "Report a non-conformance";
    const DESCRIPTION: &'static str = "Creates a non-conformance report (NCR) on an operation, pending, with the factory's next number (NCR-<year>-<number>). On \
        request it parks the operation (Yellow Card) and books the affected pieces as scrap. Calling it twice makes two; the answer \
        lists similar NCRs that are not over. To book scrap alone use report_scrap; to review or close an NCR, update_issue.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("task_id", "operation_id"), ("category", "ncr_category"), ("reported_by", "reported_by_id")];
    const VALUE_ALIASES: &'static [(&'static str, &'static str, &'static str)] =
        &[("ncr_category", "material", "material_defect"), ("ncr_category", "process", "process_error")];
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
            "there is no such operation, part, person or scrap reason, or it was deleted",
            r#"{"operation_id": "@nothing", "title": "x", "severity": "low", "ncr_category": "other"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the category or disposition is not one of the factory's (design, repair, …)",
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
            "the person or the scrap reason is not active any more",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "title": "x", "severity": "low", "ncr_category": "other",
                "reported_by_id": "@A/profile/wim.vandenberg"}"#,
        ),
    ];
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
        query::write(include_str!("insert.sql"), sql_args![uuid(call.tenant), row.as_str()], |_| Ok(()));
        let booked = pieces.map(|pieces| {
            let (recorded_by, ncr_number) = (Some(author), Some(number.as_str()));
            scrap::book(call, &Booking { operation, pieces, reason, recorded_by, ncr_number })
        });
        let effect = lock::effect(call, operation, previous);
        let similar = similar(call, operation, arguments.ncr_category, id);
        let summary = format!(
            "Created {number}; similar NCRs that are not over: {}.{}",
            similar.len(),
            YellowCard::sentence(effect.yellow_card)
        );
        let body = format!(
            r#"{{"ncr":{},"operation":{},"scrap_booked":{},"similar_ncrs":{}}}"#,
            read(call, id),
            json!(effect),
            json!(booked),
            json!(similar)
        );
        Ok(Answer::from_sql(summary, body))
    }
}

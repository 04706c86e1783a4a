//! `report_scrap`.

mod ledger;
mod ncr;
mod reason;

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::core::states::TaskStatus;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::sql_args;
use crate::tools::shared::pieces::Pieces;
use crate::tools::shared::scrap_reason::Category;
use crate::tools::shared::{MAX_NOTES, check_person, with_rules};
use ledger::{Asked, MAX_PIECES};
use ncr::SuggestedNcr;
use reason::Share;

/// `report_scrap`
pub(in crate::tools) struct ReportScrap;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The id of the operation at which the pieces were made.
    operation_id: Uuid,
    /// Pieces that are lost.
    #[schemars(range(min = 1, max = MAX_PIECES))]
    quantity_scrap: i32,
    /// Good pieces of the same lot (default 0).
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_PIECES))]
    quantity_good: i32,
    /// Pieces of the same lot that are to be worked on again (default 0). They are reported once more when that is done.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_PIECES))]
    quantity_rework: i32,
    /// Why the pieces are lost: the id of an active scrap reason. Without any reason the scrap stays unspecified.
    scrap_reason_id: Option<Uuid>,
    /// Instead of scrap_reason_id: its code.
    #[schemars(length(min = 1))]
    scrap_reason_code: Option<String>,
    /// Instead of one reason: several, each with its pieces. Together at most quantity_scrap; the rest stays unspecified.
    #[schemars(length(min = 1, max = 20))]
    reasons: Option<Vec<Share>>,
    /// Free text.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// The profile id of the active person who reports it.
    recorded_by: Option<Uuid>,
    /// The lot of the material that the pieces were made of.
    #[schemars(length(min = 1, max = 200))]
    material_lot: Option<String>,
    /// Who delivered it.
    #[schemars(length(min = 1, max = 200))]
    material_supplier: Option<String>,
    /// Its certificate.
    #[schemars(length(min = 1, max = 200))]
    material_cert_number: Option<String>,
    /// true: report it also when the operation is not started, or when it is more than the part's quantity leaves.
    #[serde(default)]
    force: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    lot: Lot,
    operation: Operation,
    /// From this scrap rate of the operation on, a non-conformance report is suggested.
    ncr_threshold_percent: f64,
    /// What to call next when the scrap rate of the operation has reached the threshold; else null.
    ncr_suggested: Option<SuggestedNcr>,
}

/// What was reported.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Lot {
    id: Uuid,
    /// Good, scrap and rework together.
    quantity_produced: i32,
    quantity_good: i32,
    quantity_scrap: i32,
    quantity_rework: i32,
    /// How the scrap falls on reasons; together quantity_scrap.
    reasons: Vec<LotReason>,
    material_lot: Option<String>,
    material_supplier: Option<String>,
    material_cert_number: Option<String>,
    notes: Option<String>,
    recorded_by: Option<Uuid>,
    recorded_by_name: Option<String>,
    recorded_at: DateTime<FixedOffset>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LotReason {
    /// null, like what follows: no reason was given for these pieces.
    scrap_reason_id: Option<Uuid>,
    code: Option<String>,
    description: Option<String>,
    category: Option<Category>,
    quantity: i64,
    notes: Option<String>,
}

/// The operation with all lots that were ever reported on it, the new one included.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Operation {
    id: Uuid,
    operation_name: String,
    sequence: i32,
    status: TaskStatus,
    part_id: Uuid,
    part_number: String,
    job_id: Uuid,
    job_number: String,
    cell_id: Uuid,
    cell_name: Option<String>,
    /// Pieces to make; null when that is not known.
    part_quantity: Option<i32>,
    lots: i64,
    pieces: Pieces,
    /// Pieces that are neither good nor scrap yet: part_quantity - good - scrap. Below 0 after force; null without part_quantity.
    remaining: Option<i64>,
    /// NCRs of the operation that are pending.
    pending_ncrs: i64,
}

impl Declaration for ReportScrap {
    const NAME: &'static str = "report_scrap";
    const TITLE: &'static str = "Report scrap";
    const DESCRIPTION: &'static str = "Reports scrapped pieces of an operation, with good and rework pieces of the same lot if there are any, and one or several reasons \
        (fetch_scrap_reasons lists the codes). Refused when the operation is not started, and when the pieces are more than the part's \
        quantity leaves, unless force. Says when the scrap rate calls for an NCR, with ready arguments for create_ncr. Every call books a \
        lot: a repeated identical report cannot be told from a new one, so after a lost answer look at remaining before calling again.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("code", "scrap_reason_code"), ("task_id", "operation_id")];
    const EXAMPLES: &'static [Example] = &[
        Example::new(
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 12, "quantity_good": 20, "reasons": [
                {"code": "DIM", "quantity": 8, "notes": "first plate"}, {"scrap_reason_id": "@A/scrap_reason/HND", "quantity": 3}],
                "recorded_by": "@A/profile/jan.smit"}"#,
        ),
        Example::new(
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 1, "scrap_reason_id": "@A/scrap_reason/THK",
                "material_lot": "H-2231", "notes": "Sheet marked wrongly"}"#,
        ),
        Example::new(
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 2, "quantity_rework": 1, "scrap_reason_code": "BRN"}"#,
        ),
    ];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(
            ToolErrorCode::NotFound,
            "there is no such operation, scrap reason or person",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 1, "scrap_reason_code": "NONE"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the operation is not started",
            r#"{"operation_id": "@A/operation/P-1012-03/2", "quantity_scrap": 1}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the scrap reason is not in use any more, or the person is not active",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 1, "scrap_reason_code": "OLD1"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the reasons have more pieces than are scrapped, or name one reason twice",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 1, "reasons": [{"code": "DIM", "quantity": 2}]}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "more than one of scrap_reason_id, scrap_reason_code and reasons is given",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 1, "scrap_reason_code": "DIM", "reasons": [
                {"code": "DIM", "quantity": 1}]}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::LimitExceeded,
            "the pieces are more than the part's quantity leaves",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 240}"#,
        ),
    ];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        static REPORT: LazyLock<String> = LazyLock::new(|| with_rules(include_str!("report.sql")));

        let asked =
            Asked { good: arguments.quantity_good, scrap: arguments.quantity_scrap, rework: arguments.quantity_rework };
        let (operation, force) = (arguments.operation_id, arguments.force);
        let locked = ledger::lock(call, operation)?;
        let single = reason::Named { id: arguments.scrap_reason_id, code: arguments.scrap_reason_code.as_deref() };
        let reasons = reason::resolve(call, &single, arguments.reasons.as_deref(), asked.scrap)?;
        check_person(call, "recorded_by", arguments.recorded_by)?;
        let after = locked.check(asked, force)?;

        let id = Uuid::new_v4();
        let args = sql_args![
            uuid(call.tenant),
            uuid(id),
            uuid(operation),
            arguments.recorded_by.map(uuid),
            asked.good,
            asked.scrap,
            asked.rework,
            reasons.main().map(uuid),
            arguments.material_lot.as_deref(),
            arguments.material_supplier.as_deref(),
            arguments.material_cert_number.as_deref(),
            arguments.notes.as_deref(),
        ];
        query::write(include_str!("insert_lot.sql"), args, |_| Ok(()));
        for (reason, share) in reasons.shares() {
            let args = sql_args![uuid(id), uuid(reason), share.quantity, share.notes.as_deref()];
            query::write(include_str!("insert_share.sql"), args, |_| Ok(()));
        }
        let body =
            query::write(&REPORT, sql_args![uuid(call.tenant), uuid(id)], |rows| rows.first().get_one::<String>())
                .unwrap_or_default();
        let suggested = ncr::suggest(operation, &after, asked.scrap, reasons.category(), arguments.recorded_by);
        let summary = format!(
            "Reported {} scrapped pieces of {}. The operation has {} scrapped of {} reported pieces{}.",
            asked.scrap,
            asked.produced(),
            after.scrap,
            after.produced(),
            if suggested.is_some() { ": an NCR is suggested" } else { "" },
        );
        let report = body.strip_suffix('}').unwrap_or_default();
        let threshold = ncr::THRESHOLD_PERCENT;
        let body = format!(r#"{report},"ncr_threshold_percent":{threshold:?},"ncr_suggested":{}}}"#, json!(suggested));
        Ok(Answer::from_sql(summary, body))
    }
}

//! `report_scrap`.

mod ledger;
mod ncr;
mod output;
mod reason;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::shared::{MAX_NOTES, RULES, check_person};
use crate::{sql_args, statement};
use ledger::{Ledger, MAX_PIECES, NewLot};
use output::{Output, Report};
use reason::Share;

/// `report_scrap`
pub(in crate::tools) struct ReportScrap;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Arguments {
    /// The id of the operation that produced the pieces.
    operation_id: Uuid,
    /// Number of scrapped pieces.
    #[schemars(range(min = 1, max = MAX_PIECES))]
    quantity_scrap: i32,
    /// Good pieces in the same lot (default 0).
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_PIECES))]
    quantity_good: i32,
    /// Pieces in the same lot that need rework (default 0). They are reported again once that is done.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_PIECES))]
    quantity_rework: i32,
    /// Why the pieces were scrapped: the id of an active scrap reason. Without any reason the scrap is recorded as unspecified.
    scrap_reason_id: Option<Uuid>,
    /// The reason's code, instead of scrap_reason_id.
    #[schemars(length(min = 1))]
    scrap_reason_code: Option<String>,
    /// Several reasons, each with its pieces, instead of a single one. They may add up to at most quantity_scrap; the rest is unspecified.
    #[schemars(length(min = 1, max = 20))]
    reasons: Option<Vec<Share>>,
    /// Free text.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// The profile id of the person reporting it, who must be active.
    recorded_by: Option<Uuid>,
    /// The lot number of the material that the pieces were made of.
    #[schemars(length(min = 1, max = 200))]
    material_lot: Option<String>,
    /// The material's supplier.
    #[schemars(length(min = 1, max = 200))]
    material_supplier: Option<String>,
    /// The material's certificate number.
    #[schemars(length(min = 1, max = 200))]
    material_cert_number: Option<String>,
    /// true: report the pieces even if the operation is not started or if they exceed what remains of the part's quantity.
    #[serde(default)]
    force: bool,
}

statement! {
    static INSERT_LOT = include_str!("insert_lot.sql");
        [Uuid, Uuid, Uuid, Uuid, Int4, Int4, Int4, Uuid, Text, Text, Text, Text];

    static INSERT_SHARE = include_str!("insert_share.sql"); [Uuid, Uuid, Uuid, Int4, Text];

    static REPORT = include_str!("report.sql"); [Uuid, Uuid] => rules(&[RULES]);
}

impl Declaration for ReportScrap {
    const NAME: &'static str = "report_scrap";
    const TITLE: &'static str = "Report scrap";
    const DESCRIPTION: &'static str = "Reports scrapped pieces at an operation, together with any good and rework pieces of the same lot, and one or more reasons \
        (fetch_scrap_reasons lists the codes). Unless force is true, it is refused when the operation is not started or when the pieces exceed \
        what remains of the part's quantity. Suggests an NCR when the scrap rate calls for one, with ready-made arguments for create_ncr. Every \
        call records a new lot, and a repeated report cannot be told apart from a new one: if an answer is lost, check the reported pieces before \
        calling again.";
    const ACCESS: Access = Access::Write;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] =
        &[("code", "scrap_reason_code"), ("task_id", "operation_id")];
    type Arguments = Arguments;
    type Output = Output;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Output>, ToolError> {
        let new = NewLot {
            good: arguments.quantity_good,
            scrap: arguments.quantity_scrap,
            rework: arguments.quantity_rework,
        };
        let operation = arguments.operation_id;
        let ledger = Ledger::lock(call, operation)?;
        let single = reason::Named { id: arguments.scrap_reason_id, code: arguments.scrap_reason_code.as_deref() };
        let reasons = reason::resolve(call, &single, arguments.reasons.as_deref(), new.scrap)?;
        check_person(call, "recorded_by", arguments.recorded_by)?;
        let after = ledger.check(new, arguments.force)?;

        let id = Uuid::new_v4();
        let args = sql_args![
            id,
            operation,
            arguments.recorded_by,
            new.good,
            new.scrap,
            new.rework,
            reasons.main(),
            arguments.material_lot.as_deref(),
            arguments.material_supplier.as_deref(),
            arguments.material_cert_number.as_deref(),
            arguments.notes.as_deref(),
        ];
        call.execute(&INSERT_LOT, args);
        for (reason, share) in reasons.shares() {
            call.execute(&INSERT_SHARE, sql_args![id, reason, share.quantity, share.notes.as_deref()]);
        }
        let report: Json<Report> = call.json(&REPORT, sql_args![id]);
        let Report { lot, operation: reported } = report.into_value();
        let ncr_suggested = ncr::suggest(operation, &after, new.scrap, reasons.category(), arguments.recorded_by);
        let summary = format!(
            "Reported {} scrapped pieces of {}. The operation now has {} scrapped of {} reported pieces{}.",
            new.scrap,
            new.produced(),
            after.scrap,
            after.produced(),
            if ncr_suggested.is_some() { "; an NCR is suggested" } else { "" },
        );
        let ncr_threshold_percent = ncr::THRESHOLD_PERCENT;
        Ok(Answer::new(summary, &Output { lot, operation: reported, ncr_threshold_percent, ncr_suggested }))
    }

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
            "the operation, scrap reason or person does not exist",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 1, "scrap_reason_code": "NONE"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the operation is not started",
            r#"{"operation_id": "@A/operation/P-1012-03/2", "quantity_scrap": 1}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidState,
            "the scrap reason is no longer in use, or the person is not active",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 1, "scrap_reason_code": "OLD1"}"#,
        ),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "the reasons add up to more pieces than are scrapped, or a reason is given twice",
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
            "the pieces exceed what remains of the part's quantity",
            r#"{"operation_id": "@A/operation/P-1012-03/1", "quantity_scrap": 240}"#,
        ),
    ];
}

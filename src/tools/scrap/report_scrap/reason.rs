//! The scrap reasons that a report names.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::error::ToolError;
use crate::run::tool::Call;
use crate::tools::scrap::report_scrap::ledger::MAX_PIECES;
use crate::tools::shared::scrap_reason::{Category, in_use};
use crate::tools::shared::{MAX_NOTES, find};

/// Pieces that are lost for one of several reasons.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Share {
    /// The id of an active scrap reason.
    scrap_reason_id: Option<Uuid>,
    /// Instead of scrap_reason_id: its code.
    #[schemars(length(min = 1))]
    code: Option<String>,
    /// Pieces.
    #[schemars(range(min = 1, max = MAX_PIECES))]
    pub quantity: i32,
    /// Free text.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    pub notes: Option<String>,
}

/// A reason as a caller names it.
pub(in crate::tools) struct Named<'a> {
    pub id: Option<Uuid>,
    pub code: Option<&'a str>,
}

/// The reasons of a lot, found and checked.
#[derive(Default)]
pub(in crate::tools) struct Reasons<'a> {
    /// What the lot's row says: the only reason, or of several the one with most pieces, which is all that readers of the row see.
    main: Option<(Uuid, Category)>,
    shares: Vec<(Uuid, &'a Share)>,
}

impl<'a> Reasons<'a> {
    pub(in crate::tools) fn main(&self) -> Option<Uuid> {
        self.main.map(|(id, _)| id)
    }

    pub(in crate::tools) fn category(&self) -> Option<Category> {
        self.main.map(|(_, category)| category)
    }

    /// With their pieces, when the lot is split over reasons.
    pub(in crate::tools) fn shares(&self) -> impl Iterator<Item = (Uuid, &'a Share)> {
        self.shares.iter().copied()
    }
}

/// Finds the reasons of a report.
///
/// # Errors
/// `not_found`; `invalid_state` for one that is switched off; `invalid_arguments` for one that is named twice, for more pieces than
/// are scrapped, and for both ways to name reasons at once.
pub(in crate::tools) fn resolve<'a>(
    call: &Call,
    single: &Named<'_>,
    several: Option<&'a [Share]>,
    scrap: i32,
) -> Result<Reasons<'a>, ToolError> {
    let Some(shares) = several else {
        let id = find::optional(call, &find::SCRAP_REASON, "scrap_reason_id", single.id, single.code)?;
        let main = id.map(|id| in_use(call, id)).transpose()?;
        return Ok(Reasons { main, shares: Vec::new() });
    };
    if single.id.is_some() || single.code.is_some() {
        return Err(ToolError::invalid("reasons", "give one reason or reasons, not both"));
    }
    let sum: i64 = shares.iter().map(|share| i64::from(share.quantity)).sum();
    if sum > i64::from(scrap) {
        return Err(ToolError::invalid("reasons", format!("the reasons have {sum} pieces, but {scrap} are scrapped"))
            .with("quantity_scrap", scrap)
            .with("sum", sum));
    }
    let mut reasons = Reasons::default();
    let mut most = 0;
    for (index, share) in shares.iter().enumerate() {
        // The places of the fields within the list, in place of their names alone.
        let within = |error: ToolError| match error.details.get("field").and_then(|field| field.as_str()) {
            Some("scrap_reason_code") => error.with("field", format!("reasons[{index}].code")),
            Some(field) => {
                let field = format!("reasons[{index}].{field}");
                error.with("field", field)
            }
            None => error.with("field", format!("reasons[{index}]")),
        };
        let id = find::one(call, &find::SCRAP_REASON, "scrap_reason_id", share.scrap_reason_id, share.code.as_deref())
            .map_err(within)?;
        let (id, category) = in_use(call, id).map_err(within)?;
        if reasons.shares.iter().any(|(known, _)| *known == id) {
            return Err(within(ToolError::invalid("scrap_reason_id", "this reason is named twice")));
        }
        reasons.shares.push((id, share));
        if share.quantity > most {
            most = share.quantity;
            reasons.main = Some((id, category));
        }
    }
    Ok(reasons)
}

//! The scrap reasons given in a report.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::ledger::MAX_PIECES;
use crate::error::ToolError;
use crate::run::tool::Call;
use crate::tools::shared::scrap_reason::{Category, in_use};
use crate::tools::shared::{MAX_NOTES, find};

/// The pieces scrapped for one of several reasons.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Share {
    /// The id of an active scrap reason.
    scrap_reason_id: Option<Uuid>,
    /// The reason's code, instead of scrap_reason_id.
    #[schemars(length(min = 1))]
    code: Option<String>,
    /// Number of pieces.
    #[schemars(range(min = 1, max = MAX_PIECES))]
    pub quantity: i32,
    /// Free text.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    pub notes: Option<String>,
}

/// A reason as a caller names it.
pub(super) struct Named<'a> {
    pub id: Option<Uuid>,
    pub code: Option<&'a str>,
}

/// The reasons of a lot, looked up and checked.
#[derive(Default)]
pub(super) struct Reasons<'a> {
    /// What the lot's row says: the only reason, or the one with the most pieces, which is all that readers of the row see.
    main: Option<(Uuid, Category)>,
    shares: Vec<(Uuid, &'a Share)>,
}

impl<'a> Reasons<'a> {
    pub(super) fn main(&self) -> Option<Uuid> {
        self.main.map(|(id, _)| id)
    }

    pub(super) fn category(&self) -> Option<Category> {
        self.main.map(|(_, category)| category)
    }

    /// The reasons with their pieces, when the lot is split over several.
    pub(super) fn shares(&self) -> impl Iterator<Item = (Uuid, &'a Share)> {
        self.shares.iter().copied()
    }
}

/// Looks up the reasons of a report.
///
/// # Errors
/// `not_found`; `invalid_state` for an inactive reason; `invalid_arguments` for a reason that is given twice, for more pieces than are
/// scrapped, and for a single reason together with a list.
pub(super) fn resolve<'a>(
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
        return Err(ToolError::invalid("reasons", "give either a single reason or reasons, not both"));
    }
    let sum: i64 = shares.iter().map(|share| i64::from(share.quantity)).sum();
    if sum > i64::from(scrap) {
        return Err(ToolError::invalid(
            "reasons",
            format!("the reasons add up to {sum} pieces, but only {scrap} are scrapped"),
        )
        .with("quantity_scrap", scrap)
        .with("sum", sum));
    }
    let mut reasons = Reasons::default();
    let mut most = 0;
    for (index, share) in shares.iter().enumerate() {
        // Fields are named with their place in the list.
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
            return Err(within(ToolError::invalid("scrap_reason_id", "this reason is given twice")));
        }
        reasons.shares.push((id, share));
        if share.quantity > most {
            most = share.quantity;
            reasons.main = Some((id, category));
        }
    }
    Ok(reasons)
}

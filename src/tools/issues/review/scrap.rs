//! Scrap that is booked together with an NCR, as one row of the ledger of pieces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::from_uuid;
use crate::run::tool::Call;
use crate::tools::shared::find;
use crate::tools::shared::scrap_reason::in_use;
use crate::{sql_args, statement};

/// What was booked.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools::issues) struct Booked {
    /// The id of the row in the ledger.
    id: Uuid,
    quantity_scrap: i32,
    scrap_reason_id: Option<Uuid>,
}

/// What is to be booked, and for whom.
pub(in crate::tools::issues) struct Booking<'a> {
    pub(in crate::tools::issues) operation: Uuid,
    pub(in crate::tools::issues) pieces: i32,
    pub(in crate::tools::issues) reason: Option<Uuid>,
    pub(in crate::tools::issues) recorded_by: Option<Uuid>,
    pub(in crate::tools::issues) ncr_number: Option<&'a str>,
}

/// The reason that a caller named, which must be in use.
pub(in crate::tools::issues) fn reason(
    call: &Call,
    id: Option<Uuid>,
    code: Option<&str>,
) -> Result<Option<Uuid>, ToolError> {
    let id = find::optional(call, &find::SCRAP_REASON, "scrap_reason_id", id, code)?;
    id.map(|id| in_use(call, id).map(|(id, _)| id)).transpose()
}

/// Refuses to scrap more pieces than the part has. Pieces that were booked as good before may turn out to be scrap, so only scrap is
/// counted.
pub(in crate::tools::issues) fn check_room(
    part_quantity: Option<i32>,
    scrapped: i64,
    pieces: i32,
) -> Result<(), ToolError> {
    match part_quantity {
        Some(quantity) if scrapped + i64::from(pieces) > i64::from(quantity) => {
            Err(ToolError::new(ToolErrorCode::LimitExceeded, "more pieces would be scrapped than the part has")
                .with("field", "affected_quantity")
                .with("limit", quantity)
                .with("present", scrapped))
        }
        _ => Ok(()),
    }
}

/// Books it. The caller holds the operation's lock.
pub(in crate::tools::issues) fn book(call: &Call, booking: &Booking<'_>) -> Booked {
    statement! {
        static BOOK = include_str!("book_scrap.sql"); [Uuid, Uuid, Uuid, Int4, Uuid, Text];
    }
    let &Booking { operation, pieces, reason, recorded_by, ncr_number } = booking;
    let id = call.value(&BOOK, sql_args![operation, recorded_by, pieces, reason, ncr_number]);
    Booked { id: id.map(from_uuid).expect("an insert gives its row"), quantity_scrap: pieces, scrap_reason_id: reason }
}

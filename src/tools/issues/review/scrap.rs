//! Scrap that is booked together with an NCR, as one row of the ledger of pieces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::shared::find;
use crate::tools::shared::scrap_reason::in_use;

/// What was booked.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Booked {
    /// The id of the row in the ledger.
    id: Uuid,
    quantity_scrap: i32,
    scrap_reason_id: Option<Uuid>,
}

/// What is to be booked, and for whom.
pub(in crate::tools) struct Booking<'a> {
    pub(in crate::tools) operation: Uuid,
    pub(in crate::tools) pieces: i32,
    pub(in crate::tools) reason: Option<Uuid>,
    pub(in crate::tools) recorded_by: Option<Uuid>,
    pub(in crate::tools) ncr_number: Option<&'a str>,
}

/// The reason that a caller named, which must be in use.
pub(in crate::tools) fn reason(call: &Call, id: Option<Uuid>, code: Option<&str>) -> Result<Option<Uuid>, ToolError> {
    let id = find::optional(call, &find::SCRAP_REASON, "scrap_reason_id", id, code)?;
    id.map(|id| in_use(call, id).map(|(id, _)| id)).transpose()
}

/// Refuses to scrap more pieces than the part has. Pieces that were booked as good before may turn out to be scrap, so only scrap is
/// counted.
pub(in crate::tools) fn check_room(part_quantity: Option<i32>, scrapped: i64, pieces: i32) -> Result<(), ToolError> {
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
pub(in crate::tools) fn book(call: &Call, booking: &Booking<'_>) -> Booked {
    let args = sql_args![
        uuid(call.tenant),
        uuid(booking.operation),
        booking.recorded_by.map(uuid),
        booking.pieces,
        booking.reason.map(uuid),
        booking.ncr_number,
    ];
    let id = query::write(include_str!("book_scrap.sql"), args, |rows| rows.first().get_one::<pgrx::Uuid>())
        .map(query::from_uuid)
        .expect("an insert gives its row");
    Booked { id, quantity_scrap: booking.pieces, scrap_reason_id: booking.reason }
}

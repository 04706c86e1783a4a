//! Scrap reasons: their categories, and whether one can be used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ToolError, ToolErrorCode};
use crate::pg::statement::Choice;
use crate::run::tool::Call;
use crate::{sql_args, statement};

/// The kind of cause that a scrap reason stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum Category {
    Material,
    Process,
    Equipment,
    Operator,
    Design,
    Other,
}

impl Category {
    const ALL: [Self; 6] = [Self::Material, Self::Process, Self::Equipment, Self::Operator, Self::Design, Self::Other];

    /// As the database writes it.
    pub(in crate::tools) const fn name(self) -> &'static str {
        match self {
            Self::Material => "material",
            Self::Process => "process",
            Self::Equipment => "equipment",
            Self::Operator => "operator",
            Self::Design => "design",
            Self::Other => "other",
        }
    }
}

statement! {
    static REASON = include_str!("scrap_reason.sql"); [Uuid, Uuid];
}

/// The reason with its category, if new scrap can be reported for it.
///
/// # Errors
/// `not_found`; `invalid_state` when it is inactive.
pub(in crate::tools) fn in_use(call: &Call, id: Uuid) -> Result<(Uuid, Category), ToolError> {
    let (active, category) = call.query(&REASON, &Choice::none(), sql_args![id], |rows| {
        if rows.is_empty() { Ok((None, None)) } else { rows.first().get_two::<bool, String>() }
    });
    match active {
        None => Err(ToolError::not_found("scrap reason", &id).with("field", "scrap_reason_id")),
        Some(false) => Err(ToolError::new(ToolErrorCode::InvalidState, "the scrap reason is no longer in use")
            .hint("fetch_scrap_reasons lists the active ones")
            .with("field", "scrap_reason_id")),
        Some(true) => {
            let category = Category::ALL.into_iter().find(|known| Some(known.name()) == category.as_deref());
            Ok((id, category.unwrap_or(Category::Other)))
        }
    }
}

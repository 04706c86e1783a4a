//! `get_qrm_data`.

mod output;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::core::json::Json;
use crate::error::{ToolError, ToolErrorCode};
use crate::pg::args::Type;
use crate::pg::statement::{Choice, Fill, Part};
use crate::run::tool::{Access, Answer, Call, Declaration, ErrorCase, Example};
use crate::tools::shared::capacity::WipStatus;
use crate::tools::shared::period::Days;
use crate::tools::shared::{RULES, find};
use crate::{sql_args, statement};
use output::QrmData;

/// The most cells in an answer.
const MAX_CELLS: usize = 200;

/// The most cells that the work of one cell is shown to go to next.
const MAX_NEXT_CELLS: usize = 20;

/// `get_qrm_data`
pub(in crate::tools) struct GetQrmData;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Only the cell with this id.
    cell_id: Option<Uuid>,
    /// The cell's name, instead of cell_id.
    #[schemars(length(min = 1))]
    cell_name: Option<String>,
    /// Number of local days, including today, that throughput and measured lead time cover: 1 to 365 (default 30).
    days: Days<30>,
}

const ONE_CELL: &[Part] = &[Part::filter("one_cell", "c.id = {{value}}", Type::Uuid)];

statement! {
    static QRM_DATA = include_str!("qrm_data.sql"); [Uuid, Int4]
        => rules(&[RULES]),
           fills(&[
               ("max_cells", Fill::Count(MAX_CELLS)),
               ("max_next_cells", Fill::Count(MAX_NEXT_CELLS)),
           ]),
           parts(&[ONE_CELL]);
}

impl Declaration for GetQrmData {
    const NAME: &'static str = "get_qrm_data";
    const TITLE: &'static str = "Cells: work in progress and flow";
    const DESCRIPTION: &'static str = "Shows the cells from the viewpoint of Quick Response Manufacturing (QRM): work in progress in jobs against its limit, queued, running and \
        parked work in minutes, throughput per working day, lead time (by Little's law, and measured), and whether the cells that running work \
        goes to next have room. For hours per day against capacity use get_cell_capacity.";
    const ACCESS: Access = Access::Read;
    const FIELD_ALIASES: &'static [(&'static str, &'static str)] = &[("stage_id", "cell_id")];
    type Arguments = Arguments;
    type Output = Json<QrmData>;

    fn run(call: &Call, arguments: Arguments) -> Result<Answer<Self::Output>, ToolError> {
        let cell = find::optional(call, &find::CELL, "cell_id", arguments.cell_id, arguments.cell_name.as_deref())?;
        let mut choice = Choice::none();
        choice.value("one_cell", cell);
        let data: Json<QrmData> = call.json_of(&QRM_DATA, &choice, sql_args![arguments.days.count()]);
        if let Some(cell) = cell
            && data.cells.is_empty()
        {
            return Err(ToolError::not_found("active cell", &cell).hint("omit the cell to see all active cells"));
        }
        let count = |status| data.cells.iter().filter(|cell| cell.status == status).count();
        let summary = format!(
            "Active cells: {}; above their work-in-progress limit {}, at it {}, near it {}.",
            data.cells.len(),
            count(WipStatus::Over),
            count(WipStatus::AtCapacity),
            count(WipStatus::Warning),
        );
        Ok(Answer::new(summary, &data))
    }

    const EXAMPLES: &'static [Example] =
        &[Example::new(r#"{"cell_name": "Welding"}"#), Example::new(r#"{"days": 90}"#), Example::of("C", "{}")];
    const ERRORS: &'static [ErrorCase] = &[
        ErrorCase::new(ToolErrorCode::NotFound, "no active cell has this id or name", r#"{"cell_name": "Plasma"}"#),
        ErrorCase::new(
            ToolErrorCode::InvalidArguments,
            "both cell_id and cell_name are given",
            r#"{"cell_id": "@A/cell/Welding", "cell_name": "Welding"}"#,
        ),
    ];
}

//! The parts and operations of a new job: the arguments, and the rows that are made of them.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::core::fold::name_forms;
use crate::error::{ToolError, ToolErrorCode};
use crate::run::tool::Call;
use crate::tools::shared::{MAX_NOTES, NAME};
use crate::{sql_args, statement};

/// The most operations of one new job, over all its parts.
const MAX_OPERATIONS: usize = 1000;
/// How many cell names an error lists.
const MAX_LISTED: usize = 20;
/// The step between sequence numbers that are assigned automatically.
const SEQUENCE_STEP: i32 = 10;

/// A part of a new job.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPart {
    /// The part's number, unique among all parts of the factory.
    #[schemars(length(min = 1, max = 100), regex(pattern = NAME))]
    pub(super) part_number: String,
    /// The material, such as S235.
    #[schemars(length(min = 1, max = 100), regex(pattern = NAME))]
    material: String,
    /// The number of pieces; 1 by default, null if not yet known.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 2_147_483_647))]
    quantity: Option<i32>,
    /// The drawing number.
    #[schemars(length(min = 1, max = 100))]
    drawing_no: Option<String>,
    /// The name of the CNC program.
    #[schemars(length(min = 1, max = 100))]
    cnc_program_name: Option<String>,
    /// Free-text notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
    /// true: mark the part as a bullet card (top-priority work).
    #[serde(default)]
    is_bullet_card: bool,
    /// The part's operations, in the order in which they are done.
    #[serde(default)]
    #[schemars(length(max = 50))]
    operations: Vec<NewOperation>,
}

/// An operation of a new part.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewOperation {
    /// What is done in this operation.
    #[schemars(length(min = 1, max = 100), regex(pattern = NAME))]
    operation_name: String,
    /// The id of the cell where it is done. Give either this or cell_name.
    cell_id: Option<Uuid>,
    /// The name of the cell where it is done. Case matters only if two cells' names differ in nothing else.
    #[schemars(length(min = 1, max = 100))]
    cell_name: Option<String>,
    /// The estimated duration in minutes.
    #[schemars(range(min = 0, max = 1_000_000))]
    estimated_time_minutes: i32,
    /// The position within the part; by default 10, 20, 30, … in list order. Operations with equal numbers run in parallel.
    #[schemars(range(min = 0, max = 1_000_000))]
    sequence: Option<i32>,
    /// Free-text notes.
    #[schemars(length(min = 1, max = MAX_NOTES))]
    notes: Option<String>,
}

fn one() -> Option<i32> {
    Some(1)
}

/// A part that was created.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreatedPart {
    id: Uuid,
    part_number: String,
    operations: Vec<CreatedOperation>,
}

/// An operation that was created.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreatedOperation {
    id: Uuid,
    operation_name: String,
    sequence: i32,
    cell_id: Uuid,
}

/// A row of parts, as the statement reads it.
#[derive(Serialize)]
struct PartRow<'a> {
    id: Uuid,
    part_number: &'a str,
    material: &'a str,
    quantity: Option<i32>,
    drawing_no: Option<&'a str>,
    cnc_program_name: Option<&'a str>,
    notes: Option<&'a str>,
    is_bullet_card: bool,
}

/// A row of operations, as the statement reads it.
#[derive(Serialize)]
struct OperationRow<'a> {
    id: Uuid,
    part_id: Uuid,
    cell_id: Uuid,
    operation_name: &'a str,
    sequence: i32,
    estimated_time: i32,
    notes: Option<&'a str>,
}

/// A part that already has a number. `job_id` and `deleted` are for the caller.
#[derive(Serialize, Deserialize)]
struct TakenPart {
    part_number: String,
    id: Uuid,
    job_id: Uuid,
    deleted: bool,
}

/// A live cell.
#[derive(Deserialize)]
struct Cell {
    id: Uuid,
    name: String,
    active: bool,
}

statement! {
    static LIVE_CELLS = include_str!("live_cells.sql"); [Uuid];
    static INSERT_PARTS = include_str!("insert_parts.sql"); [Uuid, Uuid, Text];
    static TAKEN_PARTS = include_str!("taken_parts.sql"); [Uuid, Uuid, Text];
    static INSERT_OPERATIONS = include_str!("insert_operations.sql"); [Uuid, Text];
}

/// The number of operations. Refuses whatever can be refused without the database.
pub(super) fn check(parts: &[NewPart]) -> Result<usize, ToolError> {
    let operations = parts.iter().map(|part| part.operations.len()).sum();
    if operations > MAX_OPERATIONS {
        return Err(ToolError::new(ToolErrorCode::LimitExceeded, "too many operations for one call")
            .with("field", "parts")
            .with("limit", MAX_OPERATIONS)
            .with("given", operations));
    }
    let mut numbers = HashSet::new();
    for (n, part) in parts.iter().enumerate() {
        if !numbers.insert(part.part_number.as_str()) {
            return Err(ToolError::invalid(&format!("parts[{n}].part_number"), "two parts have the same number"));
        }
        for (m, operation) in part.operations.iter().enumerate() {
            if operation.cell_id.is_some() == operation.cell_name.is_some() {
                let message = "give either cell_id or cell_name";
                return Err(ToolError::invalid(&format!("parts[{n}].operations[{m}].cell_id"), message));
            }
        }
    }
    Ok(operations)
}

/// Inserts the parts and operations of a job.
pub(super) fn insert(call: &Call, job: Uuid, parts: &[NewPart]) -> Result<Vec<CreatedPart>, ToolError> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let any_operation = parts.iter().any(|part| !part.operations.is_empty());
    let cells = if any_operation { call.rows(&LIVE_CELLS, &[]) } else { Vec::new() };
    let (mut part_rows, mut operation_rows, mut created) = (Vec::new(), Vec::new(), Vec::new());
    for (n, part) in parts.iter().enumerate() {
        let id = Uuid::new_v4();
        part_rows.push(PartRow {
            id,
            part_number: &part.part_number,
            material: &part.material,
            quantity: part.quantity,
            drawing_no: part.drawing_no.as_deref(),
            cnc_program_name: part.cnc_program_name.as_deref(),
            notes: part.notes.as_deref(),
            is_bullet_card: part.is_bullet_card,
        });
        let mut operations = Vec::with_capacity(part.operations.len());
        for ((m, operation), default) in part.operations.iter().enumerate().zip((1..).map(|m| m * SEQUENCE_STEP)) {
            let row = OperationRow {
                id: Uuid::new_v4(),
                part_id: id,
                cell_id: cell_of(operation, &cells, &format!("parts[{n}].operations[{m}]"))?,
                operation_name: &operation.operation_name,
                sequence: operation.sequence.unwrap_or(default),
                estimated_time: operation.estimated_time_minutes,
                notes: operation.notes.as_deref(),
            };
            operations.push(CreatedOperation {
                id: row.id,
                operation_name: operation.operation_name.clone(),
                sequence: row.sequence,
                cell_id: row.cell_id,
            });
            operation_rows.push(row);
        }
        created.push(CreatedPart { id, part_number: part.part_number.clone(), operations });
    }
    insert_parts(call, job, &part_rows)?;
    if !operation_rows.is_empty() {
        call.execute(&INSERT_OPERATIONS, sql_args![json_text(&operation_rows)]);
    }
    Ok(created)
}

fn insert_parts(call: &Call, job: Uuid, parts: &[PartRow<'_>]) -> Result<(), ToolError> {
    let rows = json_text(parts);
    let args = sql_args![job, rows.as_str()];
    if call.count(&INSERT_PARTS, args) == parts.len() {
        return Ok(());
    }
    let taken = call.rows::<TakenPart>(&TAKEN_PARTS, args);
    let is_first = |part: &PartRow<'_>| taken.first().is_some_and(|first| first.part_number == part.part_number);
    let first = parts.iter().position(is_first).unwrap_or_default();
    Err(ToolError::new(ToolErrorCode::Conflict, "part numbers must be unique in the factory, and some are taken")
        .hint("deleted parts keep their numbers")
        .with("field", format!("parts[{first}].part_number"))
        .with("existing", json!(taken)))
}

/// The cell that an operation names: by id, by its exact name, or by its name as people read it.
fn cell_of(operation: &NewOperation, cells: &[Cell], path: &str) -> Result<Uuid, ToolError> {
    let (field, matches) = match (&operation.cell_id, &operation.cell_name) {
        (Some(id), _) => ("cell_id", cells.iter().filter(|cell| cell.id == *id).collect::<Vec<_>>()),
        (None, name) => {
            let name = name.as_deref().unwrap_or_default();
            let named = |same: &dyn Fn(&str) -> bool| cells.iter().filter(|cell| same(&cell.name)).collect::<Vec<_>>();
            let exact = named(&|other| other == name);
            let forms = name_forms(name);
            let as_read = |other: &str| name_forms(other).iter().any(|form| forms.contains(form));
            ("cell_name", if exact.is_empty() { named(&as_read) } else { exact })
        }
    };
    let refuse = |message: &str| ToolError::invalid(&format!("{path}.{field}"), format!("{path}.{field}: {message}"));
    match matches.as_slice() {
        [cell] if cell.active => Ok(cell.id),
        [_] => Err(refuse("the cell is not active")),
        [] => {
            let known = cells.iter().filter(|cell| cell.active).map(|cell| Value::from(cell.name.as_str()));
            Err(refuse("no such cell").with("known_cells", known.take(MAX_LISTED).collect::<Vec<_>>()))
        }
        several => {
            let ids = several.iter().map(|cell| Value::from(cell.id.to_string()));
            Err(refuse("several cells have this name").hint("give cell_id").with("cell_ids", ids.collect::<Vec<_>>()))
        }
    }
}

fn json_text<T: Serialize>(rows: &[T]) -> String {
    serde_json::to_string(rows).expect("rows of texts and numbers are JSON")
}

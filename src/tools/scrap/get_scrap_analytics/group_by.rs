//! What scrap can be grouped by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pg::statement::{Fill, Part, Statement};
use crate::statement;
use crate::tools::scrap::filters::AT_CELL;
use crate::tools::shared::RULES;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum GroupBy {
    /// Scrap reason.
    Reason,
    /// Category of the scrap reason.
    Category,
    Cell,
    Operation,
    Part,
    Job,
    /// The part's material, ignoring upper and lower case.
    Material,
    /// The job's customer, ignoring upper and lower case.
    Customer,
    /// Who recorded the lot.
    Operator,
}

/// The groups' id when their key is that of a row; unknown is the empty key.
const ID: &str = "nullif(r.key, '')";
const NO_ID: &str = "NULL";

const LABEL: &str = "r.label";
const FULL_NAME: &str =
    "(SELECT f.full_name FROM {{mes}}.profiles f WHERE f.tenant_id = $1 AND f.id = nullif(r.key, '')::uuid)";

const REASON: &[Part] = &grouping("reason", ["r.id", "r.code", "r.description", ID, LABEL]);
const CATEGORY: &[Part] = &grouping("category", ["r.category", "r.category", "NULL", NO_ID, LABEL]);
const CELL: &[Part] = &grouping("cell", ["o.cell_id", "c.name", "NULL", ID, LABEL]);
const OPERATION: &[Part] = &grouping("operation", ["o.id", "o.operation_name", "p.part_number", ID, LABEL]);
const PART: &[Part] = &grouping("part", ["p.id", "p.part_number", "j.job_number", ID, LABEL]);
const JOB: &[Part] = &grouping("job", ["j.id", "j.job_number", "j.customer", ID, LABEL]);
const MATERIAL: &[Part] =
    &grouping("material", ["lower(btrim(p.material))", "nullif(btrim(p.material), '')", "NULL", NO_ID, LABEL]);
const CUSTOMER: &[Part] =
    &grouping("customer", ["lower(btrim(j.customer))", "nullif(btrim(j.customer), '')", "NULL", NO_ID, LABEL]);
const OPERATOR: &[Part] = &grouping("operator", ["q.recorded_by", "NULL", "NULL", ID, FULL_NAME]);

/// How lots or reasons fall into groups, as SQL expressions.
const fn grouping(name: &'static str, [key, label, detail, id, shown]: [&'static str; 5]) -> [Part; 5] {
    [
        Part::one_of("group_by", name, "key", key),
        Part::one_of("group_by", name, "label", label),
        Part::one_of("group_by", name, "detail", detail),
        Part::one_of("group_by", name, "group_id", id),
        Part::one_of("group_by", name, "group_name", shown),
    ]
}

statement! {
    /// By what lots have: each lot belongs to one group.
    static BY_LOT = include_str!("analytics.sql"); [Uuid, Int4, Int4, Text]
        => rules(&[RULES]),
           fills(&[
               ("lot_key", Fill::Text("{{key}}")),
               ("lot_label", Fill::Text("{{label}}")),
               ("lot_detail", Fill::Text("{{detail}}")),
               ("fact", Fill::Text(include_str!("lots.sql"))),
               ("numbers", Fill::Text(include_str!("numbers.sql"))),
               ("produced_by", Fill::Text("s")),
           ]),
           parts(&[AT_CELL, CELL, OPERATION, PART, JOB, MATERIAL, CUSTOMER, OPERATOR]);

    /// By what reasons have: the scrap of one lot may belong to several groups. A reason produces no pieces, so its rate is relative to
    /// all pieces.
    static BY_REASON = include_str!("analytics.sql"); [Uuid, Int4, Int4, Text]
        => rules(&[RULES]),
           fills(&[
               ("lot_key", Fill::Text("NULL")),
               ("lot_label", Fill::Text("NULL")),
               ("lot_detail", Fill::Text("NULL")),
               ("fact", Fill::Text(include_str!("reasons.sql"))),
               ("numbers", Fill::Text(include_str!("numbers.sql"))),
               ("produced_by", Fill::Text("every")),
           ]),
           parts(&[AT_CELL, REASON, CATEGORY]);
}

impl GroupBy {
    /// The name in arguments and answers, and of the statement's parts.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Category => "category",
            Self::Cell => "cell",
            Self::Operation => "operation",
            Self::Part => "part",
            Self::Job => "job",
            Self::Material => "material",
            Self::Customer => "customer",
            Self::Operator => "operator",
        }
    }

    /// The statement that groups by this.
    pub(super) const fn statement(self) -> &'static Statement {
        match self {
            Self::Reason | Self::Category => &BY_REASON,
            Self::Cell
            | Self::Operation
            | Self::Part
            | Self::Job
            | Self::Material
            | Self::Customer
            | Self::Operator => &BY_LOT,
        }
    }
}

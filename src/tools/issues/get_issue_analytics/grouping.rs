//! What issues can be grouped by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pg::statement::Part;

/// How a group is shown: the pairs of its JSON object, of a row `r` with the group's `key`, `label` and `detail`.
mod shown {
    pub(super) const VALUE: &str = "'id', NULL, 'name', r.label, 'detail', r.detail";
    /// The key is an id.
    pub(super) const ROW: &str = "'id', nullif(r.key, '')::uuid, 'name', r.label, 'detail', r.detail";
    pub(super) const PERSON: &str = "'id', nullif(r.key, '')::uuid, \
        'name', (SELECT w.full_name FROM {{mes}}.profiles w WHERE w.tenant_id = $1 AND w.id = nullif(r.key, '')::uuid), \
        'detail', r.detail";
    pub(super) const CATEGORY_CODE: &str = "'id', NULL, 'name', nullif(r.key, ''), \
        'detail', (SELECT k.description FROM {{mes}}.issue_categories k WHERE k.tenant_id = $1 AND k.code = r.key)";
}

/// The groupings: each with its name and, as SQL expressions over an issue `i` with its operation `o`, what the issues of a group have in
/// common, its label, and what tells equal labels apart; and how a group is shown.
macro_rules! groupings {
    ($($(#[$meta:meta])* $value:ident = $name:literal: $key:expr, $label:expr, $detail:expr, $shown:ident;)*) => {
        #[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
        pub(super) enum GroupBy {
            $($(#[$meta])* #[serde(rename = $name)] $value,)*
        }

        impl GroupBy {
            /// The parts of the statement, by the names of the groupings.
            pub(super) const PARTS: &[Part] = &[$(
                Part::one_of("grouping", $name, "key", $key),
                Part::one_of("grouping", $name, "label", $label),
                Part::one_of("grouping", $name, "detail", $detail),
                Part::one_of("grouping", $name, "group", shown::$shown),
            )*];

            /// Its name in the arguments.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)*
                }
            }
        }
    };
}

groupings! {
    #[default]
    Severity = "severity": "i.severity", "i.severity", "NULL", VALUE;
    Status = "status": "coalesce(i.status, 'pending')", "coalesce(i.status, 'pending')", "NULL", VALUE;
    NcrCategory = "ncr_category": "i.ncr_category", "i.ncr_category", "NULL", VALUE;
    IssueType = "issue_type": "coalesce(i.issue_type, 'general')", "coalesce(i.issue_type, 'general')", "NULL", VALUE;
    Cell = "cell": "o.cell_id", "c.name", "NULL", ROW;
    Operation = "operation": "o.id", "o.operation_name", "p.part_number", ROW;
    Part = "part": "p.id", "p.part_number", "j.job_number", ROW;
    Job = "job": "j.id", "j.job_number", "j.customer", ROW;
    Customer = "customer": "lower(btrim(j.customer))", "nullif(btrim(j.customer), '')", "NULL", VALUE;
    Reporter = "reporter": "coalesce(i.reported_by_id, i.created_by)", "NULL", "NULL", PERSON;
    CategoryCode = "category_code": include_str!("category_code.sql"), "NULL", "NULL", CATEGORY_CODE;
}

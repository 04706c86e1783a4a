//! What scrap can be added up by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::tools::shared::with_rules;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum GroupBy {
    /// Scrap reason.
    Reason,
    /// Category of the scrap reason.
    Category,
    Cell,
    Operation,
    Part,
    Job,
    /// The part's material, without regard to upper and lower case.
    Material,
    /// The job's customer, without regard to upper and lower case.
    Customer,
    /// Who recorded the lot.
    Operator,
}

/// How lots or reasons fall into groups, as SQL expressions.
struct Grouping {
    name: &'static str,
    key: &'static str,
    label: &'static str,
    detail: &'static str,
    /// Whether the key is the id of a row.
    by_id: bool,
}

impl GroupBy {
    /// As in arguments and answers.
    pub(in crate::tools) const fn name(self) -> &'static str {
        self.grouping().name
    }

    const fn grouping(self) -> Grouping {
        let (name, key, label, detail, by_id) = match self {
            Self::Reason => ("reason", "r.id", "r.code", "r.description", true),
            Self::Category => ("category", "r.category", "r.category", "NULL", false),
            Self::Cell => ("cell", "o.cell_id", "c.name", "NULL", true),
            Self::Operation => ("operation", "o.id", "o.operation_name", "p.part_number", true),
            Self::Part => ("part", "p.id", "p.part_number", "j.job_number", true),
            Self::Job => ("job", "j.id", "j.job_number", "j.customer", true),
            Self::Material => ("material", "lower(btrim(p.material))", "nullif(btrim(p.material), '')", "NULL", false),
            Self::Customer => ("customer", "lower(btrim(j.customer))", "nullif(btrim(j.customer), '')", "NULL", false),
            Self::Operator => ("operator", "q.recorded_by", "NULL", "NULL", true),
        };
        Grouping { name, key, label, detail, by_id }
    }

    /// The statement of `get_scrap_analytics` by this grouping, but for its gap `{{only}}`.
    pub(in crate::tools) fn statement(self) -> String {
        let Grouping { key, label, detail, by_id, .. } = self.grouping();
        let of_reasons = matches!(self, Self::Reason | Self::Category);
        let fill = |text: &str, (key, label, detail): (&str, &str, &str)| {
            text.replace("{{key}}", key).replace("{{label}}", label).replace("{{detail}}", detail)
        };
        let (columns, groups) = ((key, label, detail), ("NULL", "NULL", "NULL"));
        let (lot, fact) = if of_reasons {
            (groups, fill(include_str!("reasons.sql").trim_end(), columns))
        } else {
            (columns, include_str!("lots.sql").trim_end().to_owned())
        };
        // A reason has no pieces of its own: its rate is against all that were produced.
        let produced = if of_reasons { "every" } else { "s" };
        let name = match self {
            Self::Operator => {
                "(SELECT f.full_name FROM profiles f WHERE f.tenant_id = $1 AND f.id = nullif(r.key, '')::uuid)"
            }
            _ => "r.label",
        };
        with_rules(
            &fill(include_str!("analytics.sql"), lot)
                .replace("{{fact}}", &fact)
                .replace("{{numbers}}", include_str!("numbers.sql").trim_end())
                .replace("{{every}}", produced)
                .replace("{{name}}", name)
                .replace("{{id}}", if by_id { "nullif(r.key, '')" } else { "NULL" }),
        )
    }
}

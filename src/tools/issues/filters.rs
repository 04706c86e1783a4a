//! What the two lists of issues have in common.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::error::ToolError;
use crate::pg::query::uuid;
use crate::run::list::{List, Order, instant_part, integer_part, text_key};
use crate::run::tool::Call;
use crate::run::values::{Moment, as_instant};
use crate::tools::issues::with_issues;
use crate::tools::shared::{find, more_fields};

/// The statement of both lists.
pub(in crate::tools) static PAGE: LazyLock<String> =
    LazyLock::new(|| with_issues(concat!(include_str!("page.sql"), include_str!("row.sql"))));

more_fields!(IssueField of "issues" {
    Description = "description": "x.description",
    RootCause = "root_cause": "x.root_cause",
    CorrectiveAction = "corrective_action": "x.corrective_action",
    PreventiveAction = "preventive_action": "x.preventive_action",
    ResolutionNotes = "resolution_notes": "x.resolution_notes",
});

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum OrderBy {
    #[default]
    Newest,
    Oldest,
    Severity,
}

/// The critical ones first, and of one severity the oldest.
static SEVERITY: LazyLock<String> = LazyLock::new(|| {
    let rank = "CASE i.severity WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END";
    text_key(&[&integer_part(&format!("({rank})")), &instant_part("i.created_at")])
});

impl OrderBy {
    pub(in crate::tools) fn order(self) -> Order {
        let by_age = |name, descending| Order { name, key: "i.created_at", key_type: "timestamptz", descending };
        match self {
            Self::Newest => by_age("newest", true),
            Self::Oldest => by_age("oldest", false),
            Self::Severity => Order { name: "severity", key: &SEVERITY, key_type: "text", descending: false },
        }
    }
}

/// The arguments of both lists that say where and when.
pub(in crate::tools) struct Filters<'a> {
    pub(in crate::tools) operation_id: Option<Uuid>,
    pub(in crate::tools) part_id: Option<Uuid>,
    pub(in crate::tools) part_number: Option<&'a str>,
    pub(in crate::tools) job_id: Option<Uuid>,
    pub(in crate::tools) job_number: Option<&'a str>,
    pub(in crate::tools) cell_id: Option<Uuid>,
    pub(in crate::tools) cell_name: Option<&'a str>,
    pub(in crate::tools) created_from: Option<&'a Moment>,
    pub(in crate::tools) created_before: Option<&'a Moment>,
    pub(in crate::tools) open_only: bool,
    pub(in crate::tools) causes_standstill: Option<bool>,
    pub(in crate::tools) search: Option<&'a str>,
}

impl Filters<'_> {
    pub(in crate::tools) fn add(self, call: &Call, list: &mut List<'_>) -> Result<(), ToolError> {
        let part = find::optional(call, &find::PART, "part_id", self.part_id, self.part_number)?;
        let job = find::optional(call, &find::JOB, "job_id", self.job_id, self.job_number)?;
        let cell = find::optional(call, &find::CELL, "cell_id", self.cell_id, self.cell_name)?;
        list.filter("i.operation_id = {}", self.operation_id.map(uuid));
        list.filter("o.part_id = {}", part.map(uuid));
        list.filter("p.job_id = {}", job.map(uuid));
        list.filter("o.cell_id = {}", cell.map(uuid));
        let text = |moment: Option<&Moment>| moment.map(|moment| moment.text().to_owned());
        list.filter(&format!("i.created_at >= {}", as_instant("{}")), text(self.created_from));
        list.filter(&format!("i.created_at < {}", as_instant("{}")), text(self.created_before));
        if self.open_only {
            list.only("coalesce(i.status, 'pending') IN ('pending', 'approved')");
        }
        match self.causes_standstill {
            Some(true) => list.only("i.causes_standstill"),
            Some(false) => list.only("i.causes_standstill IS NOT TRUE"),
            None => {}
        }
        if let Some(words) = self.search {
            list.filter("i.search_vector @@ (SELECT plainto_tsquery('simple', {}))", Some(words.to_owned()));
        }
        Ok(())
    }
}

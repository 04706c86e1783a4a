//! What stands in the way of operations.

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;

use crate::pg::query::uuid;
use crate::run::tool::Call;
use crate::sql_args;
use crate::tools::lifecycle::{ids, rows};

/// Counts about one operation.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(in crate::tools) struct Facts {
    pub(in crate::tools) id: Uuid,
    /// Pending issues that stop it.
    pub(in crate::tools) standstills: i64,
    /// Operations of its part that come first and are not completed.
    pub(in crate::tools) earlier: i64,
    /// Time entries that are not ended.
    pub(in crate::tools) running: i64,
    /// Substeps that are not completed.
    pub(in crate::tools) unfinished: i64,
}

/// The counts about operations, which are locked.
pub(in crate::tools) fn facts(call: &Call, of: &[Uuid]) -> BTreeMap<Uuid, Facts> {
    let found: Vec<Facts> = rows(include_str!("facts.sql"), sql_args![uuid(call.tenant), ids(of)]);
    found.into_iter().map(|facts| (facts.id, facts)).collect()
}

/// All counts of these operations together.
pub(in crate::tools) fn sum<'a>(facts: impl Iterator<Item = &'a Facts>) -> Facts {
    facts.fold(Facts::default(), |sum, facts| Facts {
        id: Uuid::nil(),
        standstills: sum.standstills + facts.standstills,
        earlier: sum.earlier + facts.earlier,
        running: sum.running + facts.running,
        unfinished: sum.unfinished + facts.unfinished,
    })
}

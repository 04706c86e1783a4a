//! What stands in the way of operations.

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;

use crate::run::tool::Call;
use crate::tools::shared::RULES;
use crate::{sql_args, statement};

statement! {
    static FACTS = include_str!("facts.sql"); [Uuid, UuidArray] => rules(&[RULES]);
}

/// Counts about one operation.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Facts {
    pub(super) id: Uuid,
    /// Pending issues that stop it.
    pub(super) standstills: i64,
    /// Operations of its part that come first and are not completed.
    pub(super) earlier: i64,
    /// Time entries that are not ended.
    pub(super) running: i64,
    /// Substeps that are not completed.
    pub(super) unfinished: i64,
}

/// The counts about operations, which are locked.
pub(super) fn facts(call: &Call, of: &[Uuid]) -> BTreeMap<Uuid, Facts> {
    let found: Vec<Facts> = call.rows(&FACTS, sql_args![of]);
    found.into_iter().map(|facts| (facts.id, facts)).collect()
}

/// All counts of these operations together.
pub(super) fn sum<'a>(facts: impl Iterator<Item = &'a Facts>) -> Facts {
    facts.fold(Facts::default(), |sum, facts| Facts {
        id: Uuid::nil(),
        standstills: sum.standstills + facts.standstills,
        earlier: sum.earlier + facts.earlier,
        running: sum.running + facts.running,
        unfinished: sum.unfinished + facts.unfinished,
    })
}

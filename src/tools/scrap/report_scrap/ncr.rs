//! When scrap calls for a non-conformance report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ledger::Reported;
use crate::core::states::{IssueSeverity, NcrCategory};
use crate::tools::shared::scrap_reason::Category;

/// An NCR is suggested when the scrap rate of an operation reaches this.
pub(super) const THRESHOLD_PERCENT: f64 = 5.0;

/// Its severity is high when the scrap rate reaches this.
const HIGH_PERCENT: f64 = 20.0;

/// A suggested NCR.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SuggestedNcr {
    /// Its arguments; improve the wording of title and description if you can.
    arguments: NcrArguments,
    /// The tool to call.
    tool: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NcrArguments {
    /// All scrapped pieces of the operation, at most the part's quantity.
    affected_quantity: i64,
    description: String,
    ncr_category: NcrCategory,
    operation_id: Uuid,
    /// Who reported the scrap; omitted when nobody was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reported_by_id: Option<Uuid>,
    severity: IssueSeverity,
    title: String,
}

/// The NCR for an operation with these pieces, `scrap` of them in the last lot, for a reason of `category`.
pub(super) fn suggest(
    operation_id: Uuid,
    reported: &Reported,
    scrap: i32,
    category: Option<Category>,
    reported_by_id: Option<Uuid>,
) -> Option<SuggestedNcr> {
    let rate = percent(reported.scrap, reported.produced());
    (rate >= THRESHOLD_PERCENT).then(|| SuggestedNcr {
        tool: "create_ncr".to_owned(),
        arguments: NcrArguments {
            operation_id,
            title: format!("Scrap rate {rate:.1} %"),
            description: format!(
                "{} of {} reported pieces of the operation are scrap ({rate:.1} %), {scrap} of them in the last lot.",
                reported.scrap,
                reported.produced(),
            ),
            severity: if rate >= HIGH_PERCENT { IssueSeverity::High } else { IssueSeverity::Medium },
            ncr_category: match category {
                Some(Category::Material) => NcrCategory::MaterialDefect,
                Some(Category::Process | Category::Equipment | Category::Operator) => NcrCategory::ProcessError,
                Some(Category::Design | Category::Other) | None => NcrCategory::Other,
            },
            affected_quantity: reported.part_quantity.map_or(reported.scrap, |most| reported.scrap.min(most.into())),
            reported_by_id,
        },
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of pieces are far below 2^52")]
fn percent(part: i64, whole: i64) -> f64 {
    100.0 * part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ncr_is_suggested_from_the_threshold_on() {
        let reported = |good, scrap| Reported { good, scrap, rework: 0, part_quantity: Some(10) };
        let suggest = |reported| suggest(Uuid::nil(), &reported, 1, Some(Category::Operator), None);
        assert!(suggest(reported(96, 4)).is_none());
        let at = suggest(reported(95, 5)).expect("5 %").arguments;
        assert_eq!((at.severity, at.ncr_category), (IssueSeverity::Medium, NcrCategory::ProcessError));
        let all = suggest(reported(0, 12)).expect("100 %").arguments;
        assert_eq!((all.severity, all.affected_quantity), (IssueSeverity::High, 10));
    }
}

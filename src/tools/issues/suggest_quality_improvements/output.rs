//! The answer of `suggest_quality_improvements`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::arguments::{FocusArea, Rule, Thresholds};
use crate::tools::shared::period::Period;

/// The rules that fired, with the numbers behind them. Only issues and pieces of live operations count.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Improvements {
    period: Period,
    focus_area: FocusArea,
    /// The thresholds that were applied.
    thresholds: Thresholds,
    /// The rules that were checked. A rule without a finding did not fire.
    rules_checked: Vec<Rule>,
    pub(super) totals: Totals,
    pub(super) finding_count: i64,
    /// The most urgent first.
    pub(super) findings: Vec<Finding>,
    /// true: there are more findings than limit; a larger limit or a single focus_area shows the rest.
    truncated: bool,
}

/// The whole factory.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Totals {
    /// Issues opened in the period.
    pub(super) issues: i64,
    pub(super) previous_issues: i64,
    /// Pieces that operations reported in the period, good or not. A piece counts once at each operation.
    pieces: i64,
    previous_pieces: i64,
    /// null if there are no pieces.
    issues_per_1000_pieces: Option<f64>,
    previous_issues_per_1000_pieces: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    rule: Rule,
    focus_area: FocusArea,
    /// critical: pending critical issues. high: pending issues of severity high and standstills; for other rules, a value of at least twice
    /// the threshold (or twice 1, if that is more) or a significant increase. low: a significant decrease. medium: the rest.
    priority: Priority,
    scope: Scope,
    /// What was compared with the threshold; null for a rate compared with other cells that had no issues.
    value: Option<f64>,
    /// The unit of value, previous_value, threshold and change.
    unit: Unit,
    threshold: f64,
    /// The value of the preceding period; for the rules about open issues, how many were open when the period began. null: not known.
    previous_value: Option<f64>,
    /// value minus previous_value.
    change: Option<f64>,
    /// Issues of the period per 1000 pieces, of the cell if the scope is a cell, otherwise of the factory. null: no pieces, or not applicable.
    issues_per_1000_pieces: Option<f64>,
    previous_issues_per_1000_pieces: Option<f64>,
    /// Whether the test rules out chance: |z| above 1.96, the two-sided 5 % level.
    significant: bool,
    test: Test,
    /// The number of standard deviations, corrected for continuity; above 0: more, or slower. null if there is no test or no data for it.
    z: Option<f64>,
    /// How many issues the finding is about.
    issue_count: i64,
    /// At most 10 of them: the newest; of open issues the oldest, of slowly resolved ones the slowest.
    issue_ids: Vec<Uuid>,
}

impl Finding {
    /// Whether its priority is high or critical.
    pub(super) const fn is_urgent(&self) -> bool {
        matches!(self.priority, Priority::High | Priority::Critical)
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Priority {
    Critical,
    High,
    Medium,
    Low,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Issues,
    Days,
    Ratio,
}

/// poisson_per_piece: compares the rates per piece of the two periods; poisson_per_day: the rates per day, if one of the periods has no
/// pieces; poisson_against_other_cells: the cell's rate per piece with that of all other cells, in this period; two_proportions: the share
/// of reviews later than the threshold, in the two periods; none.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Test {
    PoissonPerPiece,
    PoissonPerDay,
    PoissonAgainstOtherCells,
    TwoProportions,
    None,
}

/// What a finding is about.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Scope {
    kind: ScopeKind,
    /// The id of the cell or operation.
    id: Option<Uuid>,
    /// The name of the cell or operation, the severity, the NCR category, or the most frequent text of the root cause.
    name: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ScopeKind {
    RootCause,
    NcrCategory,
    Severity,
    Cell,
    Operation,
    Factory,
}

//! The arguments and the answer of `suggest_quality_improvements`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tools::issues::analysis::Top;
use crate::tools::shared::period::{Days, Period};

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Which rules to check: all (default), or those about recurring_issues (root causes and NCR categories), high_severity,
    /// slow_resolution or cell_problems.
    pub(in crate::tools) focus_area: FocusArea,
    /// How many local days, today included, at most 365 (default 90). As many days before them are compared.
    pub(in crate::tools) days: Days<90>,
    /// From where a rule fires; what is left out keeps its default, which the answer shows.
    pub(in crate::tools) thresholds: Thresholds,
    /// How many findings to show, the most urgent first, at most 100 (default 20).
    pub(in crate::tools) limit: Top,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum FocusArea {
    #[default]
    All,
    RecurringIssues,
    HighSeverity,
    SlowResolution,
    CellProblems,
}

/// A rule fires at a `min_` threshold or above, and above a `max_` threshold.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Thresholds {
    /// root_cause_repeats: issues of the period with alike root causes (default 3).
    #[schemars(range(min = 1, max = 1000))]
    min_root_cause_occurrences: u16,
    /// root_cause_returns: issues opened after an issue with an alike root cause and a corrective action was approved or closed
    /// (default 2).
    #[schemars(range(min = 1, max = 1000))]
    min_returns_after_correction: u16,
    /// ncr_category_repeats: NCRs of the period in one category (default 5).
    #[schemars(range(min = 1, max = 1000))]
    min_category_issues: u16,
    /// high_severity_open: pending issues, for each of the severities high and critical (default 0).
    #[schemars(range(max = 1000))]
    max_open_high_severity: u16,
    /// standstill_open: pending issues that stop one operation (default 0).
    #[schemars(range(max = 1000))]
    max_open_standstills: u16,
    /// high_severity_increases: how many percent more high and critical issues than in the period before (default 25). It also must be
    /// significant.
    #[schemars(range(max = 10000))]
    min_increase_percent: u16,
    /// open_too_long: the days (24 hours each) that an issue may be pending (default 7).
    #[schemars(range(max = 365))]
    max_open_days: u16,
    /// open_too_long: how many issues may be pending for longer than max_open_days (default 0).
    #[schemars(range(max = 1000))]
    max_open_too_long: u16,
    /// resolution_slow: the median days from opening to review, of the issues that were reviewed in the period (default 5).
    #[schemars(range(min = 0, max = 365))]
    max_median_resolution_days: f64,
    /// cell_repeats: issues of the period at one cell (default 3).
    #[schemars(range(min = 1, max = 1000))]
    min_cell_issues: u16,
    /// cell_rate_above_others: a cell's issues per 1000 pieces, divided by those of all other cells (default 1.5). It also must be
    /// significant.
    #[schemars(range(min = 1, max = 1000))]
    min_rate_ratio: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            min_root_cause_occurrences: 3,
            min_returns_after_correction: 2,
            min_category_issues: 5,
            max_open_high_severity: 0,
            max_open_standstills: 0,
            min_increase_percent: 25,
            max_open_days: 7,
            max_open_too_long: 0,
            max_median_resolution_days: 5.0,
            min_cell_issues: 3,
            min_rate_ratio: 1.5,
        }
    }
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::tools) enum Rule {
    RootCauseRepeats,
    RootCauseReturns,
    NcrCategoryRepeats,
    HighSeverityOpen,
    HighSeverityIncreases,
    StandstillOpen,
    OpenTooLong,
    ResolutionSlow,
    CellRepeats,
    CellRateAboveOthers,
}

impl Rule {
    const ALL: [Self; 10] = [
        Self::RootCauseRepeats,
        Self::RootCauseReturns,
        Self::NcrCategoryRepeats,
        Self::HighSeverityOpen,
        Self::HighSeverityIncreases,
        Self::StandstillOpen,
        Self::OpenTooLong,
        Self::ResolutionSlow,
        Self::CellRepeats,
        Self::CellRateAboveOthers,
    ];

    /// The rules of a focus area.
    pub(in crate::tools) fn of(area: FocusArea) -> Vec<Self> {
        Self::ALL.into_iter().filter(|rule| area == FocusArea::All || rule.area() == area).collect()
    }

    const fn area(self) -> FocusArea {
        match self {
            Self::RootCauseRepeats | Self::RootCauseReturns | Self::NcrCategoryRepeats => FocusArea::RecurringIssues,
            Self::HighSeverityOpen | Self::HighSeverityIncreases | Self::StandstillOpen => FocusArea::HighSeverity,
            Self::OpenTooLong | Self::ResolutionSlow => FocusArea::SlowResolution,
            Self::CellRepeats | Self::CellRateAboveOthers => FocusArea::CellProblems,
        }
    }
}

/// What fired, with the numbers it fired on. Issues and pieces of live operations only.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tools) struct Output {
    period: Period,
    focus_area: FocusArea,
    /// The thresholds that were applied.
    thresholds: Thresholds,
    /// The rules that were checked; one without a finding did not fire.
    rules_checked: Vec<Rule>,
    totals: Totals,
    finding_count: i64,
    /// The most urgent first.
    findings: Vec<Finding>,
    /// true: there are more findings than limit; a larger limit or one focus_area shows the rest.
    truncated: bool,
}

/// The whole factory.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Totals {
    /// Issues opened in the period.
    issues: i64,
    previous_issues: i64,
    /// Pieces that operations reported in the period, good or not; a piece counts at each operation.
    pieces: i64,
    previous_pieces: i64,
    /// null without pieces.
    issues_per_1000_pieces: Option<f64>,
    previous_issues_per_1000_pieces: Option<f64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Finding {
    rule: Rule,
    focus_area: FocusArea,
    /// critical: pending critical issues. high: other pending high issues and standstills; elsewhere when the value is at least twice the
    /// threshold (of at least 1) or significantly up. low: significantly down. medium: the rest.
    priority: Priority,
    scope: Scope,
    /// What was held against the threshold; null for a rate against other cells that had no issue.
    value: Option<f64>,
    /// Of value, previous_value, threshold and change.
    unit: Unit,
    threshold: f64,
    /// The value of the period before; for the rules about open issues, what was open when the period began. null: not known.
    previous_value: Option<f64>,
    /// value less previous_value.
    change: Option<f64>,
    /// The issues of the period per 1000 pieces of the scope (a cell's own, else all). null: no pieces, or not a matter of pieces.
    issues_per_1000_pieces: Option<f64>,
    previous_issues_per_1000_pieces: Option<f64>,
    /// Whether the test says that it is not chance: |z| above 1.96, 5 % two-sided.
    significant: bool,
    test: Test,
    /// Standard deviations, corrected for continuity; above 0: more, or slower. null without a test or without data for it.
    z: Option<f64>,
    /// How many issues the finding is about.
    issue_count: i64,
    /// Some of them, at most 10: the newest, of open ones the oldest, of slow ones the slowest.
    issue_ids: Vec<Uuid>,
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

/// poisson_per_piece: the rates of two periods per piece; poisson_per_day: per day, where one of them has no pieces;
/// poisson_against_other_cells: the cell's rate per piece and that of all others, in this period; two_proportions: the share of reviews
/// later than the threshold, in two periods; none.
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
    /// Of a cell or an operation.
    id: Option<Uuid>,
    /// The cell's or operation's name, the severity, the NCR category, or the most frequent root cause text.
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

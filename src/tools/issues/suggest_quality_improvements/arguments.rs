//! The arguments of `suggest_quality_improvements`: rules and thresholds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::tools::issues::analysis::Top;
use crate::tools::shared::period::Days;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::tools) struct Arguments {
    /// Which rules to check: all (default), or only those about recurring_issues (root causes and NCR categories), high_severity,
    /// slow_resolution or cell_problems.
    pub(super) focus_area: FocusArea,
    /// Number of local days to cover, including today, at most 365 (default 90). They are compared with the same number of days before.
    pub(super) days: Days<90>,
    /// When a rule fires. A threshold that is left out keeps its default; the answer shows all of them.
    pub(super) thresholds: Thresholds,
    /// How many findings to show, the most urgent first, at most 100 (default 20).
    pub(super) limit: Top,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FocusArea {
    #[default]
    All,
    RecurringIssues,
    HighSeverity,
    SlowResolution,
    CellProblems,
}

impl FocusArea {
    /// As in arguments and answers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::RecurringIssues => "recurring_issues",
            Self::HighSeverity => "high_severity",
            Self::SlowResolution => "slow_resolution",
            Self::CellProblems => "cell_problems",
        }
    }
}

/// A rule fires at or above a `min_` threshold, and above a `max_` threshold.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Thresholds {
    /// root_cause_repeats: issues of the period with similar root causes (default 3).
    #[schemars(range(min = 1, max = 1000))]
    min_root_cause_occurrences: u16,
    /// root_cause_returns: issues opened after an issue with a similar root cause and a corrective action was approved or closed
    /// (default 2).
    #[schemars(range(min = 1, max = 1000))]
    min_returns_after_correction: u16,
    /// ncr_category_repeats: NCRs of the period in one category (default 5).
    #[schemars(range(min = 1, max = 1000))]
    min_category_issues: u16,
    /// high_severity_open: pending issues of severity high, and of severity critical (default 0).
    #[schemars(range(max = 1000))]
    max_open_high_severity: u16,
    /// standstill_open: pending issues that stop the same operation (default 0).
    #[schemars(range(max = 1000))]
    max_open_standstills: u16,
    /// high_severity_increases: the increase of high and critical issues over the preceding period, in percent (default 25). It must also
    /// be significant.
    #[schemars(range(max = 10000))]
    min_increase_percent: u16,
    /// open_too_long: how many days of 24 hours an issue may be pending (default 7).
    #[schemars(range(max = 365))]
    max_open_days: u16,
    /// open_too_long: how many issues may be pending longer than max_open_days (default 0).
    #[schemars(range(max = 1000))]
    max_open_too_long: u16,
    /// resolution_slow: the median number of days from opening to review, for issues reviewed in the period (default 5).
    #[schemars(range(min = 0, max = 365))]
    max_median_resolution_days: f64,
    /// cell_repeats: issues of the period at one cell (default 3).
    #[schemars(range(min = 1, max = 1000))]
    min_cell_issues: u16,
    /// cell_rate_above_others: a cell's issues per 1000 pieces, divided by those of all other cells (default 1.5). It must also be
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

impl Thresholds {
    /// As the answer shows them.
    pub(super) fn to_json(&self) -> String {
        json!(self).to_string()
    }
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Rule {
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

    /// The rules of a focus area, as a JSON array.
    pub(super) fn names(area: FocusArea) -> String {
        let rules: Vec<_> =
            Self::ALL.into_iter().filter(|rule| area == FocusArea::All || rule.area() == area).collect();
        json!(rules).to_string()
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

//! Issues. An NCR is an issue that has a table of its own.

use self::IssueStatus::{Approved, Closed, Pending, Rejected};
use super::{Need, Row, Table};

enum_type! {
    /// `issue_status`: the state of an issue.
    IssueStatus {
        /// Waits for a review.
        Pending = "pending",
        /// Reviewed, and something is to be done.
        Approved = "approved",
        /// Reviewed, and nothing is to be done.
        Rejected = "rejected",
        /// Over.
        Closed = "closed",
    }
}

enum_type! {
    /// `issue_severity`: how bad an issue is.
    IssueSeverity {
        /// The least.
        Low = "low",
        /// More than low.
        Medium = "medium",
        /// More than medium.
        High = "high",
        /// The most.
        Critical = "critical",
    }
}

enum_type! {
    /// `issue_type`: whether an issue is a non-conformance report.
    IssueType {
        /// A remark.
        General = "general",
        /// A non-conformance report.
        Ncr = "ncr",
    }
}

enum_type! {
    /// `ncr_category`: what does not conform.
    NcrCategory {
        /// The material.
        MaterialDefect = "material_defect",
        /// A dimension.
        Dimensional = "dimensional",
        /// The surface.
        SurfaceFinish = "surface_finish",
        /// The way it was made.
        ProcessError = "process_error",
        /// Something else.
        Other = "other",
    }
}

enum_type! {
    /// `ncr_disposition`: what is done with the pieces that do not conform.
    NcrDisposition {
        /// Thrown away.
        Scrap = "scrap",
        /// Made good.
        Rework = "rework",
        /// Taken as they are.
        UseAsIs = "use_as_is",
        /// Sent back.
        ReturnToSupplier = "return_to_supplier",
    }
}

impl Need {
    /// Words of the present review: what was written before the last reopening does not count.
    pub const RESOLUTION_NOTES: Self = Self("resolution_notes");
    /// A person who reviewed it.
    pub const REVIEWER: Self = Self("reviewed_by, where the key has no owner");
    /// A second pair of eyes, unless nobody is there to be it.
    pub const OTHER_REVIEWER: Self = Self("reviewed_by another than the reporter, where the factory has another admin");
    /// What is done with the pieces.
    pub const DISPOSITION: Self = Self("disposition");
    /// How many pieces are to be scrapped.
    pub const SCRAP_QUANTITY: Self = Self("affected_quantity of at least 1, for disposition scrap");
    /// The scrap is in the ledger. Looked at when the work is done, not when it is decided.
    pub const SCRAP_BOOKED: Self = Self(
        "affected_quantity pieces booked as scrap on the operation since the day of the report, for disposition scrap",
    );
    /// There is or was work. Looked at when the work is done, not when it is decided.
    pub const REWORK: Self = Self(
        "an operation of the part that is open, or was added or completed after the report, for disposition rework",
    );
    /// Why it happened.
    pub const ROOT_CAUSE: Self = Self("root_cause");
    /// What was done about it.
    pub const CORRECTIVE_ACTION: Self = Self("corrective_action");
    /// What keeps it from happening again.
    pub const PREVENTIVE_ACTION: Self = Self("preventive_action, for severity high or critical");
    /// Somebody looked whether it helped.
    pub const VERIFICATION: Self = Self("verification_note, where verification is required");
}

const UPDATE: &[&str] = &["update_issue"];
const REVIEW: &[Need] = &[Need::RESOLUTION_NOTES, Need::REVIEWER];
const REOPEN: &[Need] = &[Need::REASON];

/// The steps of an issue that is no NCR. Out of pending it is reviewed, which ends its standstill; back into pending the review is
/// forgotten.
pub const ISSUE: Table<IssueStatus> = Table {
    kind: "issue",
    rows: &[
        Row::tools(Pending, Approved, UPDATE, REVIEW),
        Row::tools(Pending, Rejected, UPDATE, REVIEW),
        Row::tools(Pending, Closed, UPDATE, REVIEW),
        Row::tools(Approved, Closed, UPDATE, &[]),
        Row::tools(Rejected, Closed, UPDATE, &[]),
        Row::tools(Rejected, Pending, UPDATE, REOPEN),
        Row::tools(Closed, Pending, UPDATE, REOPEN),
    ],
};

/// The steps of an NCR: those of an issue, with more needs.
pub const NCR: Table<IssueStatus> = Table {
    kind: "NCR",
    rows: &[
        Row::tools(
            Pending,
            Approved,
            UPDATE,
            &[Need::RESOLUTION_NOTES, Need::REVIEWER, Need::OTHER_REVIEWER, Need::DISPOSITION, Need::SCRAP_QUANTITY],
        ),
        Row::tools(Pending, Rejected, UPDATE, REVIEW),
        Row::tools(Pending, Closed, UPDATE, REVIEW),
        Row::tools(
            Approved,
            Closed,
            UPDATE,
            &[
                Need::DISPOSITION,
                Need::SCRAP_QUANTITY,
                Need::SCRAP_BOOKED,
                Need::REWORK,
                Need::ROOT_CAUSE,
                Need::CORRECTIVE_ACTION,
                Need::PREVENTIVE_ACTION,
                Need::VERIFICATION,
            ],
        ),
        Row::tools(Rejected, Closed, UPDATE, &[]),
        Row::tools(Rejected, Pending, UPDATE, REOPEN),
        Row::tools(Closed, Pending, UPDATE, REOPEN),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ncr_takes_the_steps_of_an_issue_and_needs_no_less() {
        assert_eq!(ISSUE.rows.len(), NCR.rows.len());
        for (issue, ncr) in ISSUE.rows.iter().zip(NCR.rows) {
            assert_eq!((issue.from, issue.to), (ncr.from, ncr.to));
            assert!(issue.needs.iter().all(|need| ncr.needs(*need)), "{ncr:?}");
        }
    }

    #[test]
    fn whoever_leaves_pending_writes_why_and_whoever_comes_back_too() {
        for row in ISSUE.rows.iter().chain(NCR.rows) {
            assert_eq!(row.needs(Need::RESOLUTION_NOTES), row.from == Pending, "{row:?}");
            assert_eq!(row.needs(Need::REASON), row.to == Pending, "{row:?}");
        }
    }
}

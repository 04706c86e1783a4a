//! Issues. An NCR is an issue that has a table of its own.

use self::IssueStatus::{Approved, Closed, Pending, Rejected};
use super::{Argument, Kind, Need, NoEvent, Row, Table};

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

in_words! {
    /// What a step of an issue or NCR can need.
    IssueNeed {
        /// The argument `reason`.
        Reason = "a reason",
        /// Words of the present review: what was written before the last reopening does not count.
        ResolutionNotes = "resolution_notes",
        /// A person who reviewed it.
        Reviewer = "reviewed_by, if the key has no owner",
        /// A second pair of eyes, if there is somebody else who can review.
        OtherReviewer = "reviewed_by other than the reporter, if the factory has another admin",
        /// What is done with the pieces.
        Disposition = "disposition",
        /// How many pieces are to be scrapped.
        ScrapQuantity = "affected_quantity of at least 1, for disposition scrap",
        /// The scrap is in the ledger. Looked at when the work is done, not when it is decided.
        ScrapBooked = "affected_quantity pieces booked as scrap on the operation since the day of the report, for disposition scrap",
        /// There is or was work. Looked at when the work is done, not when it is decided.
        Rework = "an operation of the part that is open, or was added or completed after the report, for disposition rework",
        /// Why it happened.
        RootCause = "root_cause",
        /// What was done about it.
        CorrectiveAction = "corrective_action",
        /// What keeps it from happening again.
        PreventiveAction = "preventive_action, for severity high or critical",
        /// Somebody checked whether it helped.
        Verification = "verification_note, if verification is required",
    }
}

impl Need for IssueNeed {
    fn argument(self) -> Option<Argument> {
        match self {
            Self::Reason => Some(Argument::Reason),
            Self::ResolutionNotes
            | Self::Reviewer
            | Self::OtherReviewer
            | Self::Disposition
            | Self::ScrapQuantity
            | Self::ScrapBooked
            | Self::Rework
            | Self::RootCause
            | Self::CorrectiveAction
            | Self::PreventiveAction
            | Self::Verification => None,
        }
    }
}

/// Issues as a kind of row. NCRs are issues that have a table of their own.
#[derive(Debug)]
pub enum Issue {}

impl Kind for Issue {
    type State = IssueStatus;
    type Event = NoEvent;
    type Need = IssueNeed;
}

const UPDATE: &[&str] = &["update_issue"];
const REVIEW: &[IssueNeed] = &[IssueNeed::ResolutionNotes, IssueNeed::Reviewer];
const REOPEN: &[IssueNeed] = &[IssueNeed::Reason];

/// The steps of issues or of NCRs.
pub type IssueTable = Table<Issue>;

/// The steps of an issue that is no NCR. Out of pending it is reviewed, which ends its standstill; back into pending the review is
/// forgotten.
pub const ISSUE: IssueTable = Table {
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
pub const NCR: IssueTable = Table {
    kind: "NCR",
    rows: &[
        Row::tools(
            Pending,
            Approved,
            UPDATE,
            &[
                IssueNeed::ResolutionNotes,
                IssueNeed::Reviewer,
                IssueNeed::OtherReviewer,
                IssueNeed::Disposition,
                IssueNeed::ScrapQuantity,
            ],
        ),
        Row::tools(Pending, Rejected, UPDATE, REVIEW),
        Row::tools(Pending, Closed, UPDATE, REVIEW),
        Row::tools(
            Approved,
            Closed,
            UPDATE,
            &[
                IssueNeed::Disposition,
                IssueNeed::ScrapQuantity,
                IssueNeed::ScrapBooked,
                IssueNeed::Rework,
                IssueNeed::RootCause,
                IssueNeed::CorrectiveAction,
                IssueNeed::PreventiveAction,
                IssueNeed::Verification,
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
            assert_eq!(row.needs(IssueNeed::ResolutionNotes), row.from == Pending, "{row:?}");
            assert_eq!(row.needs(IssueNeed::Reason), row.to == Pending, "{row:?}");
        }
    }
}

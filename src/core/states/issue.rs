//! Issues.

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

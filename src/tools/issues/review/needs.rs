//! What the steps of issues and NCRs need, and which of it is missing.

use crate::core::states::{
    ISSUE, IssueNeed, IssueSeverity, IssueStatus, IssueTable, IssueType, NCR, NcrDisposition, Words,
};
use crate::error::{ToolError, ToolErrorCode};
use crate::tools::issues::review::lock::{Present, Record};
use crate::tools::issues::review::notes;
use crate::tools::shared::check_step;
use uuid::Uuid;

/// What a caller gave for a step in addition to what is to be set.
pub(in crate::tools::issues) struct Given {
    /// Who reviewed it: as the caller says, else the key's owner.
    pub(in crate::tools::issues) reviewer: Option<Uuid>,
    /// Why it is reopened.
    pub(in crate::tools::issues) reason: bool,
    /// Scrapped pieces that this call books.
    pub(in crate::tools::issues) scrap: i64,
}

fn table(issue_type: IssueType) -> &'static IssueTable {
    match issue_type {
        IssueType::General => &ISSUE,
        IssueType::Ncr => &NCR,
    }
}

fn is_blank(text: Option<&String>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

/// Whether a need that concerns the issue's own fields is met; none for other needs.
fn said(need: IssueNeed, record: &Record) -> Option<bool> {
    let notes = record.resolution_notes.as_deref().unwrap_or_default();
    let scrap = record.disposition == Some(NcrDisposition::Scrap);
    let grave = matches!(record.severity, IssueSeverity::High | IssueSeverity::Critical);
    Some(match need {
        IssueNeed::ResolutionNotes => notes::has_findings(notes),
        IssueNeed::Disposition => record.disposition.is_some(),
        IssueNeed::ScrapQuantity => !scrap || record.affected_quantity.is_some_and(|pieces| pieces > 0),
        IssueNeed::RootCause => !is_blank(record.root_cause.as_ref()),
        IssueNeed::CorrectiveAction => !is_blank(record.corrective_action.as_ref()),
        IssueNeed::PreventiveAction => !grave || !is_blank(record.preventive_action.as_ref()),
        IssueNeed::Verification => !record.verification_required || notes::is_verified(notes),
        IssueNeed::Reason
        | IssueNeed::Reviewer
        | IssueNeed::OtherReviewer
        | IssueNeed::ScrapBooked
        | IssueNeed::Rework => return None,
    })
}

/// Whether a need is met.
fn is_met(need: IssueNeed, present: &Present, after: &Record, given: &Given) -> bool {
    let scrap = after.disposition == Some(NcrDisposition::Scrap);
    match need {
        IssueNeed::Reviewer => given.reviewer.is_some(),
        IssueNeed::OtherReviewer => !present.other_admin || given.reviewer != Some(present.reporter),
        IssueNeed::Reason => given.reason,
        IssueNeed::ScrapBooked => {
            !scrap || present.scrapped + given.scrap >= i64::from(after.affected_quantity.unwrap_or_default())
        }
        IssueNeed::Rework => after.disposition != Some(NcrDisposition::Rework) || present.reworked,
        IssueNeed::ResolutionNotes
        | IssueNeed::Disposition
        | IssueNeed::ScrapQuantity
        | IssueNeed::RootCause
        | IssueNeed::CorrectiveAction
        | IssueNeed::PreventiveAction
        | IssueNeed::Verification => said(need, after) == Some(true),
    }
}

fn refusal(table: &IssueTable, from: IssueStatus, to: IssueStatus, missing: &[IssueNeed]) -> ToolError {
    let words: Vec<_> = missing.iter().map(|need| need.words()).collect();
    let message = match from == to {
        true => format!("an {} that is {} must keep what this state requires", table.kind, to.name()),
        false => format!("an {} that is {} lacks what it needs to become {}", table.kind, from.name(), to.name()),
    };
    ToolError::new(ToolErrorCode::InvalidState, message)
        .hint("give what is missing in the same call; report_scrap or book_scrap books scrap, start_operation reopens an operation")
        .with("from", from.name())
        .with("to", to.name())
        .with("allowed", table.after(from).into_iter().map(IssueStatus::name).collect::<Vec<_>>())
        .with("missing", words)
}

/// Refuses a step that the table does not list or that lacks what it needs, and a change that removes what the issue's state required.
///
/// # Errors
/// `invalid_state`, with all that is `missing`.
pub(in crate::tools::issues) fn check(
    tool: &str,
    present: &Present,
    to: IssueStatus,
    after: &Record,
    given: &Given,
) -> Result<(), ToolError> {
    let (table, from) = (table(present.issue_type), present.status);
    let missing: Vec<IssueNeed> = if from == to {
        let before = if to == IssueStatus::Closed { IssueStatus::Approved } else { IssueStatus::Pending };
        let into = table.step(tool, before, to);
        let lost = |need: &IssueNeed| said(*need, after) == Some(false);
        let complete = |needs: &[IssueNeed]| needs.iter().all(|need| said(*need, &present.record) != Some(false));
        let needs = into.map_or(&[][..], |row| row.needs);
        // Rows written by others may lack something: only what is complete must stay complete.
        if complete(needs) { needs.iter().copied().filter(lost).collect() } else { Vec::new() }
    } else {
        let row = check_step(table, tool, from, to)?;
        row.needs.iter().copied().filter(|need| !is_met(*need, present, after, given)).collect()
    };
    if missing.is_empty() { Ok(()) } else { Err(refusal(table, from, to, &missing)) }
}

//! What the two lists of issues share: arguments, filters and orders.

use crate::has_words;
use crate::instant;
use crate::one_state;
use crate::pg::args::Type;
use crate::pg::statement::Part;
use crate::tools::shared::{more_fields, orders};

more_fields!(IssueField of "issues" {
    Description = "description": "x.description",
    RootCause = "root_cause": "x.root_cause",
    CorrectiveAction = "corrective_action": "x.corrective_action",
    PreventiveAction = "preventive_action": "x.preventive_action",
    ResolutionNotes = "resolution_notes": "x.resolution_notes",
});

orders!(pub(super) OrderBy {
    #[default]
    Newest = "newest": descending "i.created_at" as "timestamptz",
    Oldest = "oldest": ascending "i.created_at" as "timestamptz",
    Severity = "severity": ascending "{{severity_and_age}}" as "text",
});

pub(super) const STATUS: &[Part] = &[
    Part::at_most_one_of("status", "pending", "where", "{{is_pending}}"),
    Part::at_most_one_of("status", "approved", "where", "i.status = 'approved'"),
    Part::at_most_one_of("status", "rejected", "where", "i.status = 'rejected'"),
    Part::at_most_one_of("status", "closed", "where", "i.status = 'closed'"),
];

pub(super) const SEVERITY: &[Part] = one_state!("severity": "i.severity" in ["low", "medium", "high", "critical"]);

pub(super) const FILTERS: &[Part] = &[
    Part::condition("open_only", "coalesce(i.status, 'pending') IN ('pending', 'approved')"),
    Part::condition("standstill", "i.causes_standstill"),
    Part::condition("no_standstill", "i.causes_standstill IS NOT TRUE"),
    Part::filter("operation", "i.operation_id = {{value}}", Type::Uuid),
    Part::filter("part", "o.part_id = {{value}}", Type::Uuid),
    Part::filter("job", "p.job_id = {{value}}", Type::Uuid),
    Part::filter("cell", "o.cell_id = {{value}}", Type::Uuid),
    Part::filter("created_from", concat!("i.created_at >= ", instant!("{{value}}")), Type::Text),
    Part::filter("created_before", concat!("i.created_at < ", instant!("{{value}}")), Type::Text),
    Part::filter(
        "search",
        has_words!("{{ncr_number}}, i.title, i.description, i.root_cause, i.resolution_notes"),
        Type::TextArray,
    ),
];

/// The arguments of a list of issues: its own, and those that both lists have. `what` is what the list calls its rows. Serde cannot
/// refuse unknown fields of a type that flattens another one, so they are written into the type.
macro_rules! issue_list_arguments {
    ($what:literal; $($(#[$attribute:meta])* $field:ident: $type:ty,)*) => {
        crate::tools::shared::list_arguments! {
            $($(#[$attribute])* $field: $type,)*
            #[doc = concat!("Only ", $what, " in this state.")]
            status: Option<crate::core::states::IssueStatus>,
            #[doc = concat!("true: only open ", $what, " (pending or approved).")]
            open_only: bool,
            #[doc = concat!("Only ", $what, " of this severity.")]
            severity: Option<crate::core::states::IssueSeverity>,
            #[doc = concat!("true: only ", $what, " that park their operation while they are pending (Yellow Card); false: only the others.")]
            causes_standstill: Option<bool>,
            #[doc = concat!("Only ", $what, " on the operation with this id.")]
            operation_id: Option<uuid::Uuid>,
            #[doc = concat!("Only ", $what, " on operations of the part with this id.")]
            part_id: Option<uuid::Uuid>,
            /// The part's number, instead of part_id.
            #[schemars(length(min = 1))]
            part_number: Option<String>,
            #[doc = concat!("Only ", $what, " on operations of the job with this id.")]
            job_id: Option<uuid::Uuid>,
            /// The job's number, instead of job_id.
            #[schemars(length(min = 1))]
            job_number: Option<String>,
            #[doc = concat!("Only ", $what, " on operations at the cell with this id.")]
            cell_id: Option<uuid::Uuid>,
            /// The cell's name, instead of cell_id.
            #[schemars(length(min = 1))]
            cell_name: Option<String>,
            #[doc = concat!("Only ", $what, " reported at or after this moment. A date alone means its start in the factory's time zone.")]
            created_from: Option<crate::run::values::Moment>,
            #[doc = concat!("Only ", $what, " reported before this moment.")]
            created_before: Option<crate::run::values::Moment>,
            #[doc = concat!("Only ", $what, " with all of these words, or parts of words, in the NCR number, title, description, root cause or resolution notes, regardless of case and accents.")]
            search: Option<crate::run::texts::Words>,
            /// newest: the newest first (default); oldest: the oldest first; severity: critical first, and the oldest first within a severity.
            order: crate::tools::issues::list::OrderBy,
            => fields: crate::tools::issues::list::IssueField
        }

        impl Arguments {
            /// Chooses the filters that both lists have.
            ///
            /// # Errors
            /// When a part, job or cell is given twice, ambiguous or unknown.
            fn choose_filters<'a>(
                &'a self,
                call: &crate::run::tool::Call<'_>,
                choice: &mut crate::pg::statement::Choice<'a>,
            ) -> Result<(), crate::error::ToolError> {
                use crate::core::states::{IssueSeverity, IssueStatus};
                use crate::run::values::Moment;
                use crate::tools::shared::find;

                let part = find::optional(call, &find::PART, "part_id", self.part_id, self.part_number.as_deref())?;
                let job = find::optional(call, &find::JOB, "job_id", self.job_id, self.job_number.as_deref())?;
                let cell = find::optional(call, &find::CELL, "cell_id", self.cell_id, self.cell_name.as_deref())?;
                choice.value("operation", self.operation_id);
                choice.value("part", part);
                choice.value("job", job);
                choice.value("cell", cell);
                choice.value("created_from", self.created_from.as_ref().map(Moment::text));
                choice.value("created_before", self.created_before.as_ref().map(Moment::text));
                choice.when("open_only", self.open_only);
                choice.either("standstill", "no_standstill", self.causes_standstill);
                choice.value("search", self.search.as_ref().map(crate::run::texts::Words::patterns));
                choice.one(self.status.map(IssueStatus::name));
                choice.one(self.severity.map(IssueSeverity::name));
                Ok(())
            }
        }
    };
}
pub(super) use issue_list_arguments;

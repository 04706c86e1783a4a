//! The tools, by domain. CONTRIBUTING.md describes how to add one.

mod batch;
mod dashboard;
mod issues;
mod jobs;
mod lifecycle;
mod operations;
mod parts;
mod planning;
#[cfg(any(test, feature = "pg_test"))]
pub(crate) mod probe;
mod scrap;
mod shared;
#[cfg(any(test, feature = "pg_test"))]
mod state_tables;
mod substeps;

use std::cell::RefCell;

use crate::run::tool::Tool;

/// The domains and their tools, in the order of the catalogue.
const DOMAINS: &[(&str, &[Tool])] = &[
    (
        "jobs",
        &[
            Tool::of::<jobs::fetch_jobs::FetchJobs>(),
            Tool::of::<jobs::create_job::CreateJob>(),
            Tool::of::<jobs::update_job::UpdateJob>(),
            Tool::of::<jobs::start_job::StartJob>(),
            Tool::of::<jobs::stop_job::StopJob>(),
            Tool::of::<jobs::complete_job::CompleteJob>(),
            Tool::of::<jobs::resume_job::ResumeJob>(),
        ],
    ),
    ("parts", &[Tool::of::<parts::fetch_parts::FetchParts>(), Tool::of::<parts::update_part::UpdatePart>()]),
    ("tasks", &[Tool::of::<operations::fetch_tasks::FetchTasks>(), Tool::of::<operations::update_task::UpdateTask>()]),
    (
        "operations",
        &[
            Tool::of::<operations::fetch_operations::FetchOperations>(),
            Tool::of::<operations::start_operation::StartOperation>(),
            Tool::of::<operations::pause_operation::PauseOperation>(),
            Tool::of::<operations::complete_operation::CompleteOperation>(),
            Tool::of::<operations::update_operation::UpdateOperation>(),
        ],
    ),
    (
        "issues",
        &[
            Tool::of::<issues::fetch_issues::FetchIssues>(),
            Tool::of::<issues::create_ncr::CreateNcr>(),
            Tool::of::<issues::fetch_ncrs::FetchNcrs>(),
            Tool::of::<issues::update_issue::UpdateIssue>(),
            Tool::of::<issues::get_issue_analytics::GetIssueAnalytics>(),
            Tool::of::<issues::get_issue_trends::GetIssueTrends>(),
            Tool::of::<issues::get_root_cause_analysis::GetRootCauseAnalysis>(),
            Tool::of::<issues::suggest_quality_improvements::SuggestQualityImprovements>(),
        ],
    ),
    (
        "substeps",
        &[
            Tool::of::<substeps::fetch_substeps::FetchSubsteps>(),
            Tool::of::<substeps::add_substep::AddSubstep>(),
            Tool::of::<substeps::complete_substep::CompleteSubstep>(),
            Tool::of::<substeps::update_substep::UpdateSubstep>(),
            Tool::of::<substeps::delete_substep::DeleteSubstep>(),
        ],
    ),
    (
        "dashboard",
        &[
            Tool::of::<dashboard::get_dashboard_stats::GetDashboardStats>(),
            Tool::of::<dashboard::get_qrm_data::GetQrmData>(),
            Tool::of::<dashboard::get_production_metrics::GetProductionMetrics>(),
        ],
    ),
    (
        "scrap",
        &[
            Tool::of::<scrap::fetch_scrap_reasons::FetchScrapReasons>(),
            Tool::of::<scrap::report_scrap::ReportScrap>(),
            Tool::of::<scrap::get_scrap_analytics::GetScrapAnalytics>(),
            Tool::of::<scrap::get_scrap_trends::GetScrapTrends>(),
            Tool::of::<scrap::get_yield_metrics::GetYieldMetrics>(),
            Tool::of::<scrap::get_scrap_pareto::GetScrapPareto>(),
            Tool::of::<scrap::get_quality_score::GetQualityScore>(),
        ],
    ),
    (
        "agent-batch",
        &[
            Tool::of::<parts::batch_update_parts::BatchUpdateParts>(),
            Tool::of::<planning::batch_reschedule_operations::BatchRescheduleOperations>(),
            Tool::of::<jobs::prioritize_job::PrioritizeJob>(),
            Tool::of::<parts::fetch_parts_by_customer::FetchPartsByCustomer>(),
            Tool::of::<operations::batch_complete_operations::BatchCompleteOperations>(),
            Tool::of::<jobs::get_job_overview::GetJobOverview>(),
            Tool::of::<planning::check_resource_availability::CheckResourceAvailability>(),
            Tool::of::<planning::assign_resource_to_operations::AssignResourceToOperations>(),
            Tool::of::<planning::get_cell_capacity::GetCellCapacity>(),
            Tool::of::<parts::get_parts_due_soon::GetPartsDueSoon>(),
            Tool::of::<planning::suggest_reschedule::SuggestReschedule>(),
        ],
    ),
];

/// All tools, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Tool> {
    by_domain().map(|(_, tool)| tool)
}

/// All tools, in the order of the catalogue, each with its domain.
pub fn by_domain() -> impl Iterator<Item = (&'static str, &'static Tool)> {
    DOMAINS.iter().flat_map(|(domain, tools)| tools.iter().map(|tool| (*domain, tool)))
}

/// The tool of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Tool> {
    all().find(|tool| tool.name == name)
}

/// The JSON array of the tools that are offered, as `tools/list` shows them.
#[must_use]
pub fn listing(is_offered: impl Fn(&str) -> bool) -> String {
    thread_local! {
        /// Schemas take milliseconds to make, so a backend makes each once.
        static LISTINGS: RefCell<Vec<(&'static str, String)>> = const { RefCell::new(Vec::new()) };
    }
    LISTINGS.with_borrow_mut(|listings| {
        if listings.is_empty() {
            listings.extend(all().map(|tool| (tool.name, tool.listing().to_string())));
        }
        let allowed: Vec<&str> =
            listings.iter().filter(|(name, _)| is_offered(name)).map(|(_, listing)| listing.as_str()).collect();
        format!("[{}]", allowed.join(","))
    })
}

#[cfg(any(test, feature = "pg_test"))]
mod tests;

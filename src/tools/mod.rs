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

// In the server: a tool's declaration refers to its function, and so to PostgreSQL's symbols, which a plain test cannot link.
#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use super::*;
    use crate::pg::shape::{Piece, Shape};
    use crate::pg::statement::{self, Schemas};
    use pgrx::prelude::*;
    use serde_json::json;

    /// The own schema's shape, a live database's, and those in between.
    const SHAPES: [Shape; 5] = [
        Shape::COMPLETE,
        Shape::of(&[]),
        Shape::of(&[Piece::NcrNumber, Piece::JobStart]),
        Shape::of(&[Piece::NcrCounters, Piece::JobCompletion]),
        Shape::of(&[Piece::JobStart, Piece::JobCompletion]),
    ];

    #[pg_test]
    fn every_statement_is_complete_in_every_combination_of_its_parts() {
        probe::demo();
        Spi::run("SET LOCAL search_path = pg_catalog, pg_temp").expect("a setting");
        let declared: Vec<_> = statement::all().collect();
        assert!(!declared.is_empty());
        let schemas = |shape| Schemas { mes: "mes", extension: "public", shape };
        let check = |shapes: &[Shape]| {
            let shapes: Vec<_> = shapes.iter().copied().map(schemas).collect();
            let wrong: Vec<_> = declared.iter().flat_map(|statement| statement.check(&shapes)).collect();
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        };
        check(&SHAPES);
        // No statement names by itself what a live database lacks.
        Spi::run(
            "ALTER TABLE mes.jobs DROP COLUMN started_at, DROP COLUMN completed_at;
             ALTER TABLE mes.issues DROP COLUMN ncr_number CASCADE; DROP TABLE mes.ncr_counters",
        )
        .expect("they can be dropped");
        check(&[Shape::of(&[])]);
    }

    #[pg_test]
    fn names_are_unique_snake_case_and_every_tool_says_what_it_is_for() {
        let mut names: Vec<_> = all().map(|tool| tool.name).collect();
        for tool in all() {
            assert!(tool.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", tool.name);
            assert!(tool.description.len() > 40, "{} has no description", tool.name);
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[pg_test]
    fn every_schema_is_a_schema_of_an_object_and_arguments_are_closed() {
        for tool in all() {
            let (input, output) = ((tool.accepts.schema)(), (tool.output_schema)());
            for schema in [&input, &output] {
                assert!(jsonschema::meta::is_valid(schema), "{}: {schema}", tool.name);
                assert_eq!(schema["type"], "object", "{}", tool.name);
                assert!(!schema.to_string().contains("$ref"), "{}", tool.name);
            }
            assert_eq!(input["additionalProperties"], false, "{} takes unknown fields", tool.name);
            let described = input["properties"].as_object().into_iter().flatten();
            for (field, schema) in described {
                assert!(schema["description"].is_string(), "{}.{field} has no description", tool.name);
            }
        }
    }

    /// The paths of the objects below a schema that may have fields without a declaration. Fields of any name with a declared type (a map)
    /// are not among them.
    fn open(schema: &serde_json::Value, path: &str) -> Vec<String> {
        use serde_json::Value;
        let is_object = schema["type"] == "object" || !schema["properties"].is_null();
        let fields = ["additionalProperties", "unevaluatedProperties"];
        let is_closed = fields.iter().any(|fields| schema[fields] == false || schema[fields].is_object());
        let mut found = if is_object && !is_closed { vec![path.to_owned()] } else { Vec::new() };
        match schema {
            Value::Object(inner) => {
                found.extend(inner.iter().flat_map(|(name, inner)| open(inner, &format!("{path}.{name}"))));
            }
            Value::Array(inner) => found.extend(inner.iter().flat_map(|inner| open(inner, path))),
            _ => {}
        }
        found
    }

    /// An answer's texts are checked against its type, but only a closed type refuses a field that it does not declare.
    #[pg_test]
    fn no_answer_can_have_a_field_that_its_type_does_not_declare() {
        let open: Vec<_> = all().flat_map(|tool| open(&(tool.output_schema)(), tool.name)).collect();
        assert!(open.is_empty(), "{open:#?}");
    }

    #[pg_test]
    fn every_tool_has_an_example_and_examples_are_objects() {
        for tool in all() {
            assert!(!tool.examples.is_empty(), "{} has no example", tool.name);
            let cases = tool.errors.iter().map(|case| &case.example);
            for example in tool.examples.iter().chain(cases) {
                let arguments: serde_json::Value = serde_json::from_str(example.arguments).expect(example.arguments);
                assert!(arguments.is_object(), "{}: {arguments}", tool.name);
            }
        }
    }

    #[pg_test]
    fn aliases_name_fields_that_exist() {
        for tool in all() {
            let input = (tool.accepts.schema)();
            for (old, new) in tool.accepts.field_aliases {
                assert!(input["properties"].get(old).is_none(), "{}: {old} is no alias", tool.name);
                assert!(input["properties"].get(new).is_some(), "{}: {new} is no field", tool.name);
            }
            for (field, _, _) in tool.accepts.value_aliases {
                assert!(input["properties"].get(field).is_some(), "{}: {field} is no field", tool.name);
            }
        }
    }

    /// The names of the fields at any depth below a schema.
    fn fields(schema: &serde_json::Value) -> Vec<String> {
        let own = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        let inner = match schema {
            serde_json::Value::Object(inner) => inner.values().flat_map(fields).collect(),
            serde_json::Value::Array(inner) => inner.iter().flat_map(fields).collect(),
            _ => Vec::new(),
        };
        own.chain(inner).collect()
    }

    #[pg_test]
    fn no_tools_argument_is_recorded_as_a_secret() {
        for tool in all() {
            let given: serde_json::Map<_, _> =
                fields(&(tool.accepts.schema)()).into_iter().map(|name| (name, json!(1))).collect();
            assert_eq!(crate::core::redact::arguments(&json!(given)), json!(given), "{}", tool.name);
        }
    }

    #[pg_test]
    fn a_listing_holds_the_allowed_tools_in_the_catalogues_order() {
        let scope = crate::core::scope::ToolScope::from_json(&json!(["start_job", "fetch_jobs"]));
        let listed: serde_json::Value = serde_json::from_str(&listing(|tool| scope.allows(tool))).expect("JSON");
        assert_eq!(listed[0]["name"], "fetch_jobs");
        assert_eq!(listed[1]["name"], "start_job");
        assert_eq!(listed[0]["annotations"]["readOnlyHint"], true);
        assert_eq!(listed[1]["annotations"]["readOnlyHint"], false);
        assert_eq!(listed.as_array().map(Vec::len), Some(2));
    }

    #[pg_test]
    fn an_answer_that_no_page_can_hold_is_refused() {
        probe::demo();
        Spi::run("UPDATE mes.jobs SET notes = repeat('é', 600000) WHERE id = mes_demo_id('A/job/JOB-1002')")
            .expect("notes");
        let arguments = json!({"search": "JOB-1002", "fields": ["notes"]});
        let error = probe::refused("A", "fetch_jobs", &arguments);
        assert_eq!(
            (&error["code"], &error["limit"]),
            (&json!("limit_exceeded"), &json!(crate::names::MAX_ANSWER_BYTES))
        );
        assert_eq!(probe::call("A", "fetch_jobs", &json!({"search": "JOB-1002"}))["count"], 1);
    }
}

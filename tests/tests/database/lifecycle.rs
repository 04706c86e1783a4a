//! In whatever order the tools that change states are called, no state contradicts another, and only the transitions in the tables are
//! made.

use std::sync::atomic::{AtomicU32, Ordering};

use eryxon_mcp_tests::answer::outcome;
use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::{Database, Key, Session, call, demo_id};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use uuid::Uuid;

use crate::states::{States, Work, contradictions, states, unlimited};

/// How many sequences are tried, and how long each is.
const CASES: u32 = 64;
const STEPS: usize = 30;

/// The allowed transitions, written down independently of the tables that the tools use. A call may make more than one of them.
const STEPS_OF: [(&str, &str, &[&str]); 20] = [
    ("job", "not_started", &["in_progress", "on_hold"]),
    ("job", "in_progress", &["on_hold", "completed"]),
    ("job", "on_hold", &["in_progress", "completed"]),
    ("job", "completed", &["in_progress"]),
    ("part", "not_started", &["in_progress", "on_hold", "completed"]),
    ("part", "in_progress", &["on_hold", "completed"]),
    ("part", "on_hold", &["in_progress", "not_started", "completed"]),
    ("part", "completed", &["in_progress"]),
    ("operation", "not_started", &["in_progress", "on_hold", "completed"]),
    ("operation", "in_progress", &["on_hold", "completed"]),
    ("operation", "on_hold", &["in_progress", "not_started", "completed"]),
    ("operation", "completed", &["in_progress"]),
    ("substep", "not_started", &["in_progress", "completed", "blocked"]),
    ("substep", "in_progress", &["not_started", "completed", "blocked"]),
    ("substep", "blocked", &["not_started", "in_progress"]),
    ("substep", "completed", &["not_started", "in_progress"]),
    ("issue", "pending", &["approved", "rejected", "closed"]),
    ("issue", "approved", &["closed"]),
    ("issue", "rejected", &["closed", "pending"]),
    ("issue", "closed", &["pending"]),
];

/// One call of a tool: `row` selects one of the existing rows; `force` and `reason` are passed if the tool has them.
#[derive(Debug, Clone)]
struct Step {
    tool: &'static str,
    row: usize,
    arguments: Value,
    force: bool,
    reason: bool,
}

fn tool(tool: &'static str, fields: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Step> {
    (0..8usize, fields, any::<bool>(), any::<bool>())
        .prop_map(move |(row, arguments, force, reason)| Step { tool, row, arguments, force, reason })
        .boxed()
}

fn status(all: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(all).prop_map(|status| json!({"status": status}))
}

fn step() -> impl Strategy<Value = Step> {
    const STATES: &[&str] = &["not_started", "in_progress", "on_hold", "completed"];
    const WORDS: &[&str] = &["pending", "in_progress", "paused", "completed"];
    const SUBSTEPS: &[&str] = &["not_started", "in_progress", "completed", "blocked"];
    let nothing = || Just(json!({}));
    let person = || prop::sample::select(&["jan.smit", "lars.hansen"][..]);
    let booked = || {
        prop_oneof![nothing(), person().prop_map(|name| json!({"operator_id": demo_id(&format!("A/profile/{name}"))}))]
    };
    let percent = || {
        (prop::sample::select(STATES), prop::option::of(0..=100))
            .prop_map(|(status, percent)| json!({"status": status, "completion_percentage": percent}))
    };
    let ncr = json!({"title": "Stop", "severity": "medium", "ncr_category": "other", "causes_standstill": true,
                     "reported_by_id": demo_id("A/profile/jan.smit")});
    let review =
        prop::sample::select(&["pending", "approved", "rejected", "closed"][..]).prop_map(|status| match status {
            "pending" => json!({"status": status}),
            _ => json!({"status": status, "resolution_notes": "Seen", "reviewed_by": demo_id("A/profile/anna.devries"),
                    "disposition": "use_as_is", "root_cause": "Haste", "corrective_action": "Patience"}),
        });
    let batch = (prop::sample::select(STATES), any::<bool>())
        .prop_map(|(status, partial)| json!({"updates": {"status": status}, "partial": partial}));
    prop_oneof![
        2 => tool("start_job", nothing()),
        2 => tool("stop_job", nothing()),
        2 => tool("resume_job", nothing()),
        2 => tool("complete_job", nothing()),
        2 => tool("update_job", status(STATES)),
        8 => tool("update_part", status(STATES)),
        7 => tool("start_operation", booked()),
        3 => tool("pause_operation", nothing()),
        6 => tool("complete_operation", nothing()),
        4 => tool("update_operation", percent()),
        2 => tool("update_task", status(WORDS)),
        1 => tool("add_substep", Just(json!({"name": "Check"}))),
        1 => tool("complete_substep", nothing()),
        1 => tool("update_substep", status(SUBSTEPS)),
        2 => tool("batch_complete_operations", any::<bool>().prop_map(|partial| json!({"partial": partial}))),
        3 => tool("batch_update_parts", batch),
        3 => tool("create_ncr", Just(ncr)),
        4 => tool("update_issue", review),
    ]
}

/// Where the calls are made.
struct Factory {
    session: Session,
    superuser: Session,
    key: Key,
}

/// The jobs of one sequence.
struct Case<'a> {
    factory: &'a Factory,
    jobs: Vec<Uuid>,
    parts: Vec<Uuid>,
    operations: Vec<Uuid>,
}

impl<'a> Case<'a> {
    async fn new(factory: &'a Factory) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mut case = Self { factory, jobs: Vec::new(), parts: Vec::new(), operations: Vec::new() };
        for parts in [1, 2] {
            let number = format!("L-{}", COUNT.fetch_add(1, Ordering::Relaxed));
            let work = Work::create(&factory.session, &factory.key, &number, parts).await;
            case.jobs.push(work.job);
            case.parts.extend(work.parts);
            case.operations.extend(work.operations);
        }
        case
    }

    /// The rows of this kind, in the order of their ids.
    async fn rows(&self, kind: &str) -> Vec<Uuid> {
        let states = states(&self.factory.superuser, &self.jobs).await;
        states.keys().filter(|(of, _)| of == kind).map(|(_, id)| *id).collect()
    }

    /// The arguments of a call, if there is a row for it.
    async fn arguments(&self, step: &Step) -> Option<Value> {
        let (field, rows) = match step.tool {
            "add_substep" | "create_ncr" => ("operation_id", self.operations.clone()),
            "complete_substep" | "update_substep" => ("id", self.rows("substep").await),
            "update_issue" => ("id", self.rows("issue").await),
            "update_part" => ("id", self.parts.clone()),
            tool if tool.starts_with("batch_") => ("job_id", self.jobs.clone()),
            tool if tool.ends_with("job") => ("id", self.jobs.clone()),
            _ => ("id", self.operations.clone()),
        };
        let mut arguments = step.arguments.clone();
        let row = json!(rows.get(step.row % rows.len().max(1))?);
        match field {
            "job_id" => arguments["scope"] = json!({field: row}),
            _ => arguments[field] = row,
        }
        // In the strategy, null stands for "not given".
        arguments.as_object_mut()?.retain(|_, value| !value.is_null());
        let known: &[&str] = match step.tool {
            "update_part" | "update_operation" | "update_task" => &["force", "reason"],
            "start_operation" | "complete_operation" | "complete_job" => &["force"],
            "batch_complete_operations" | "batch_update_parts" => &["force"],
            "stop_job" | "pause_operation" | "update_job" => &["reason"],
            "update_issue" if arguments["status"] == "pending" => &["reason"],
            _ => &[],
        };
        if step.force && known.contains(&"force") {
            arguments["force"] = json!(true);
        }
        if step.reason && known.contains(&"reason") {
            arguments["reason"] = json!("Because");
        }
        Some(arguments)
    }

    async fn take(&self, step: &Step) -> Result<(), String> {
        const EXPECTED: [&str; 4] = ["ok", "invalid_state", "invalid_arguments", "conflict"];
        let Factory { session, key, .. } = self.factory;
        let Some(arguments) = self.arguments(step).await else { return Ok(()) };
        let answer = call(session, &key.secret, step.tool, arguments).await;
        if EXPECTED.contains(&outcome(&answer)) { Ok(()) } else { Err(answer.to_string()) }
    }

    /// What was never started is completed only together with its part or job.
    async fn was_due(&self, kind: &str, id: Uuid, from: &str, to: &str, after: &States) -> bool {
        let above = match (kind, from, to) {
            ("part", "not_started" | "on_hold", "completed") => ("job", "SELECT job_id FROM mes.parts WHERE id = $1"),
            ("operation", "not_started", "completed") => ("part", "SELECT part_id FROM mes.operations WHERE id = $1"),
            _ => return true,
        };
        let row = self.factory.superuser.query_one(above.1, &[&id]).await.expect("a row");
        after.get(&(above.0.to_owned(), row.get(0))).is_some_and(|state| state == "completed")
    }

    /// Makes the calls one after the other and checks everything after each.
    async fn run(&self, steps: &[Step]) -> Result<(), String> {
        let superuser = &self.factory.superuser;
        let mut before = states(superuser, &self.jobs).await;
        for (n, step) in steps.iter().enumerate() {
            let at = |what: String| format!("after step {n}, {step:?}: {what}");
            self.take(step).await.map_err(at)?;
            let after = states(superuser, &self.jobs).await;
            for ((kind, id), to) in &after {
                let from = before.get(&(kind.clone(), *id)).unwrap_or(to);
                if from != to && !(is_listed(kind, from, to) && self.was_due(kind, *id, from, to, &after).await) {
                    return Err(at(format!("{kind} {id} went from {from} to {to}")));
                }
            }
            let wrong = contradictions(superuser, &self.jobs).await;
            if !wrong.is_empty() {
                return Err(at(format!("{wrong:#?}")));
            }
            before = after;
        }
        Ok(())
    }
}

fn is_listed(kind: &str, from: &str, to: &str) -> bool {
    STEPS_OF.iter().any(|(of, state, next)| (*of, *state) == (kind, from) && next.contains(&to))
}

/// The seed is fixed, so a failure is reproducible, and proptest prints the shortest sequence that it finds.
#[test]
fn no_order_of_calls_makes_states_contradict_each_other() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let db = Database::fresh();
    let key = unlimited(&db);
    let factory =
        runtime.block_on(async { Factory { session: db.gateway().await, superuser: db.superuser().await, key } });
    let config = Config {
        cases: CASES,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        max_shrink_iters: 200,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[42; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let steps = prop::collection::vec(step(), STEPS / 2..=STEPS);
    let outcome = runner.run(&steps, |steps| {
        runtime.block_on(async { Case::new(&factory).await.run(&steps).await }).map_err(TestCaseError::fail)
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    // The sequences are worth something: most kinds of transitions were made.
    let taken = db.psql(&format!(
        "SELECT count(DISTINCT tool_name) FILTER (WHERE success) >= 18 AND count(*) FILTER (WHERE success) > 400
           FROM mcp_key_usage_logs WHERE {OWN}"
    ));
    let kinds =
        format!("SELECT tool_name, success, count(*) FROM mcp_key_usage_logs WHERE {OWN} GROUP BY 1, 2 ORDER BY 1, 2");
    assert_eq!(taken, "t", "{}", db.psql(&kinds));
}

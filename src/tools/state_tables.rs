//! Tests that hold the tools against the state tables: each step that a table lists is taken, and no other one.

#[pgrx::pg_schema]
mod tests {
    use crate::core::states::{
        By, ISSUE, JOB, JobEvent, JobStatus, Kind, NCR, OPERATION, OperationEvent, PART, PartEvent, SUBSTEP, State,
        Table, TaskStatus, TaskWord, Words,
    };
    use crate::tools::lifecycle::probe::approve_all;
    use crate::tools::probe::{call, demo, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    /// A job of one part with one operation, whose states a test sets as it likes.
    struct Work {
        job: Value,
        part: Value,
        operation: Value,
    }

    impl Work {
        fn new() -> Self {
            let operation = json!({"operation_name": "Cut", "cell_name": "Laser 1", "estimated_time_minutes": 10});
            let part = json!({"part_number": "T-1", "material": "S235", "operations": [operation]});
            let made = call("A", "create_job", &json!({"job_number": "T", "parts": [part]}));
            let part = &made["parts"][0];
            Self {
                job: made["job"]["id"].clone(),
                part: part["id"].clone(),
                operation: part["operations"][0]["id"].clone(),
            }
        }

        fn set(&self, job: &str, part: &str, operation: &str) {
            let done = operation == "completed";
            for (table, id, rest) in [
                ("job", &self.job, format!("status = '{job}', completed_at = CASE WHEN '{job}' = 'completed' THEN now() END")),
                ("part", &self.part, format!("status = '{part}'")),
                (
                    "operation",
                    &self.operation,
                    format!(
                        "status = '{operation}', status_before_hold = NULL, completion_percentage = CASE WHEN {done} THEN 100 ELSE 0 END,
                         completed_at = CASE WHEN {done} THEN now() END"
                    ),
                ),
            ] {
                Spi::run(&format!("UPDATE mes.{table}s SET {rest} WHERE id = {id}").replace('"', "'")).expect(table);
            }
            Spi::run(&format!("DELETE FROM mes.issues WHERE operation_id = {}", self.operation).replace('"', "'"))
                .expect("issues");
        }

        fn stop(&self) {
            Spi::run(
                &format!(
                    "INSERT INTO mes.issues (tenant_id, operation_id, created_by, description, severity, causes_standstill)
                     SELECT mes_demo_id('A'), {}, mes_demo_id('A/profile/jan.smit'), 'Stop', 'high', true",
                    self.operation
                )
                .replace('"', "'"),
            )
            .expect("an issue");
        }

        fn id(&self, kind: &str) -> &Value {
            match kind {
                "job" => &self.job,
                "part" => &self.part,
                _ => &self.operation,
            }
        }

        fn status(&self, kind: &str) -> Value {
            sql(&format!("SELECT status FROM mes.{kind}s WHERE id = {}", self.id(kind)).replace('"', "'"))
        }

        /// Calls a tool, which must take the step from `from` to `to` if the table says so and refuse it otherwise.
        fn takes<K: Kind>(&self, table: &'static Table<K>, tool: &str, from: K::State, to: K::State, arguments: Value) {
            assert_eq!(self.status(table.kind), from.name());
            let listed = table.step(tool, from, to).is_some();
            if listed {
                call("A", tool, &arguments);
            } else {
                let error = refused("A", tool, &arguments);
                assert_eq!(
                    (&error["code"], &error["from"]),
                    (&json!("invalid_state"), &json!(from.name())),
                    "{tool} {arguments}"
                );
                let names = |states: Vec<K::State>| json!(states.into_iter().map(State::name).collect::<Vec<_>>());
                assert_eq!(error["allowed"], names(table.after(from)), "{tool} {arguments}");
                assert_eq!(error["allowed_from"], names(table.before(tool, to)), "{tool} {arguments}");
            }
            let expected = if listed { to } else { from };
            assert_eq!(self.status(table.kind), expected.name(), "{tool} {arguments}");
        }
    }

    /// The states around an operation, and those below a job or part, that stand in no step's way.
    fn around(part: JobStatus) -> (&'static str, &'static str) {
        match part {
            JobStatus::NotStarted | JobStatus::OnHold => ("in_progress", "not_started"),
            JobStatus::InProgress => ("in_progress", "in_progress"),
            JobStatus::Completed => ("completed", "completed"),
        }
    }

    fn different<S: State>(all: &'static [S]) -> impl Iterator<Item = (S, S)> {
        all.iter().flat_map(|from| all.iter().map(|to| (*from, *to))).filter(|(from, to)| from != to)
    }

    #[pg_test]
    fn each_tool_takes_the_steps_of_its_rows_and_no_other() {
        demo();
        let work = Work::new();
        for (from, to) in different(JobStatus::ALL) {
            work.set(from.name(), "not_started", "not_started");
            let arguments = json!({"id": work.job, "status": to, "reason": "Because"});
            // To complete a job is the matter of a tool of its own.
            work.takes(&JOB, "update_job", from, to, arguments);
            let (job, operation) = around(from);
            work.set(job, from.name(), operation);
            let arguments = json!({"id": work.part, "status": to, "reason": "Because", "force": true});
            work.takes(&PART, "update_part", from, to, arguments);
        }
        for (from, to) in different(TaskStatus::ALL) {
            let around = if from == TaskStatus::Completed { "completed" } else { "in_progress" };
            work.set(around, around, from.name());
            let arguments = json!({"id": work.operation, "status": to, "reason": "Because", "force": true});
            work.takes(&OPERATION, "update_operation", from, to, arguments.clone());
            work.set(around, around, from.name());
            let word = TaskWord::ALL.iter().find(|word| word.status() == to).expect("a word");
            let mut arguments = arguments;
            arguments["status"] = json!(word);
            work.takes(&OPERATION, "update_task", from, to, arguments);
        }
        for (tool, to) in [
            ("start_job", JobStatus::InProgress),
            ("stop_job", JobStatus::OnHold),
            ("resume_job", JobStatus::InProgress),
            ("complete_job", JobStatus::Completed),
        ] {
            for from in JobStatus::ALL {
                work.set(from.name(), "not_started", "not_started");
                let mut arguments = json!({"job_number": "T"});
                if tool == "complete_job" {
                    arguments["force"] = json!(true);
                }
                work.takes(&JOB, tool, *from, to, arguments);
            }
        }
        for (tool, to) in [
            ("start_operation", TaskStatus::InProgress),
            ("pause_operation", TaskStatus::OnHold),
            ("complete_operation", TaskStatus::Completed),
        ] {
            for from in TaskStatus::ALL {
                let around = if *from == TaskStatus::Completed { "completed" } else { "in_progress" };
                work.set(around, around, from.name());
                let mut arguments = json!({"id": work.operation});
                if tool == "complete_operation" {
                    arguments["force"] = json!(true);
                }
                work.takes(&OPERATION, tool, *from, to, arguments);
            }
        }
    }

    fn start(work: &Work) {
        work.set("not_started", "not_started", "not_started");
        call("A", "start_operation", &json!({"id": work.operation}));
    }

    fn complete(work: &Work) {
        work.set("in_progress", "in_progress", "in_progress");
        call("A", "complete_operation", &json!({"id": work.operation}));
    }

    fn reopen(work: &Work) {
        work.set("completed", "completed", "completed");
        call("A", "update_operation", &json!({"id": work.operation, "status": "in_progress", "reason": "Because"}));
    }

    /// What happens to a job.
    fn to_a_job(work: &Work, event: JobEvent, _: JobStatus, _: JobStatus) {
        match event {
            JobEvent::WorkStarts => start(work),
            JobEvent::PartsCompleted => complete(work),
            JobEvent::WorkReopened => reopen(work),
        }
    }

    /// What happens to a part.
    fn to_a_part(work: &Work, event: PartEvent, from: JobStatus, _: JobStatus) {
        match event {
            PartEvent::OperationStarts => start(work),
            PartEvent::OperationsCompleted => complete(work),
            PartEvent::OperationReopened => reopen(work),
            PartEvent::JobCompleted => {
                work.set("in_progress", from.name(), "not_started");
                call("A", "complete_job", &json!({"id": work.job, "force": true}));
            }
        }
    }

    /// What happens to an operation.
    fn to_an_operation(work: &Work, event: OperationEvent, from: TaskStatus, to: TaskStatus) {
        match event {
            OperationEvent::PartCompleted => {
                work.set("in_progress", "in_progress", from.name());
                call("A", "update_part", &json!({"id": work.part, "status": "completed", "force": true}));
            }
            OperationEvent::YellowCard => {
                work.set("in_progress", "in_progress", from.name());
                work.stop();
            }
            OperationEvent::YellowCardCleared => {
                work.set("in_progress", "in_progress", to.name());
                work.stop();
                assert_eq!(work.status("operation"), from.name());
                approve_all();
            }
        }
    }

    /// Brings about each event of a table.
    fn check_events<K: Kind>(
        work: &Work,
        table: &'static Table<K>,
        cause: impl Fn(&Work, K::Event, K::State, K::State),
    ) {
        for row in table.rows {
            if let By::Event(event) = row.by {
                cause(work, event, row.from, row.to);
                assert_eq!(work.status(table.kind), row.to.name(), "{} {}", table.kind, event.words());
            }
        }
    }

    #[pg_test]
    fn each_event_has_its_step() {
        demo();
        let work = Work::new();
        check_events(&work, &JOB, to_a_job);
        check_events(&work, &PART, to_a_part);
        check_events(&work, &OPERATION, to_an_operation);
    }

    #[pg_test]
    fn the_tools_that_the_tables_name_are_there() {
        fn names<K: Kind>(table: &'static Table<K>) -> impl Iterator<Item = &'static str> {
            table
                .rows
                .iter()
                .flat_map(|row| match row.by {
                    By::Tools(tools) => tools,
                    By::Event(_) => &[],
                })
                .copied()
        }
        let named = names(&JOB).chain(names(&PART)).chain(names(&OPERATION)).chain(names(&SUBSTEP));
        let named = named.chain(names(&ISSUE)).chain(names(&NCR));
        for name in named {
            assert!(crate::tools::find(name).is_some(), "{name}");
        }
    }
}

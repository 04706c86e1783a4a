//! Tests of what a tool answers when a rule of the host refuses: a constraint, or what a trigger raises.

#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn run(statements: &str) {
        Spi::run(statements).expect("statements");
    }

    /// A trigger function of the application on `table`, with this body.
    fn trigger(table: &str, definer: &str, body: &str) {
        run(&format!(
            "CREATE FUNCTION mes.app_rule() RETURNS trigger LANGUAGE plpgsql {definer} AS $f$ BEGIN {body} RETURN NEW; END $f$;
             CREATE TRIGGER app_rule BEFORE INSERT OR UPDATE ON mes.{table} FOR EACH ROW EXECUTE FUNCTION mes.app_rule()"
        ));
    }

    fn ncr(severity: &str) -> Value {
        json!({"operation_id": id("A/operation/P-1012-04/2"), "title": "Bent", "severity": severity, "ncr_category": "other"})
    }

    fn change_notes() -> Value {
        let arguments = json!({"job_number": "JOB-1026", "notes": "x"});
        let error = refused("A", "update_job", &arguments);
        assert!(error["correlation_id"].is_string(), "{error}");
        error
    }

    fn message(error: &Value) -> &str {
        error["message"].as_str().expect("a message")
    }

    #[pg_test]
    fn a_constraint_inside_a_trigger_of_the_host_is_named_with_its_function() {
        demo();
        run("CREATE TABLE mes.app_notes (severity text CHECK (severity IN ('high', 'medium', 'low')))");
        trigger("issues", "SECURITY DEFINER SET search_path = mes", "INSERT INTO app_notes VALUES (NEW.severity);");
        call("A", "create_ncr", &ncr("high"));
        let error = refused("A", "create_ncr", &ncr("critical"));
        assert_eq!(
            (&error["code"], &error["constraint"], &error["function"], &error["sqlstate"]),
            (&json!("refused_by_database"), &json!("app_notes_severity_check"), &json!("app_rule"), &json!("23514")),
            "{error}"
        );
        assert_eq!(
            message(&error),
            "the factory's database refused it: the constraint app_notes_severity_check forbids it"
        );
    }

    #[pg_test]
    fn a_constraint_and_a_column_of_a_table_are_named() {
        demo();
        run("ALTER TABLE mes.jobs ADD CONSTRAINT notes_are_long CHECK (length(notes) > 1) NOT VALID;
             ALTER TABLE mes.issues ADD plant text NOT NULL DEFAULT 'Delft';
             ALTER TABLE mes.issues ALTER plant DROP DEFAULT");
        let error = change_notes();
        assert_eq!((&error["code"], &error["constraint"]), (&json!("refused_by_database"), &json!("notes_are_long")));
        assert!(error["function"].is_null());
        let error = refused("A", "create_ncr", &ncr("low"));
        assert_eq!((&error["code"], &error["column"]), (&json!("refused_by_database"), &json!("plant")));
    }

    #[pg_test]
    fn what_a_trigger_raises_is_passed_on_without_its_detail_and_cut() {
        demo();
        trigger(
            "jobs",
            "",
            "RAISE EXCEPTION 'The job is locked by finance%', repeat('!', 300) USING DETAIL = 'a value of another tenant';",
        );
        let error = change_notes();
        assert_eq!((&error["code"], &error["sqlstate"]), (&json!("refused_by_database"), &json!("P0001")));
        assert!(
            message(&error).contains("The job is locked by finance!!!")
                && !error.to_string().contains("another tenant")
        );
        assert!(message(&error).len() < 250, "{error}");
        for (sqlstate, code) in [("PT423", "PT423"), ("check_violation", "23514"), ("unique_violation", "23505")] {
            run("DROP TRIGGER app_rule ON mes.jobs; DROP FUNCTION mes.app_rule()");
            trigger("jobs", "", &format!("RAISE EXCEPTION 'Ask finance' USING ERRCODE = '{sqlstate}';"));
            let error = change_notes();
            assert_eq!(
                (&error["code"], &error["sqlstate"], message(&error)),
                (&json!("refused_by_database"), &json!(code), "the factory's database refused it: Ask finance"),
            );
        }
    }

    #[pg_test]
    fn a_privilege_that_the_hosts_code_lacks_is_a_rule() {
        demo();
        run("CREATE TABLE mes.app_queue (id uuid)");
        trigger("jobs", "", "INSERT INTO mes.app_queue VALUES (NEW.id);");
        let error = change_notes();
        assert_eq!((&error["code"], &error["sqlstate"]), (&json!("refused_by_database"), &json!("42501")));
        assert!(!error.to_string().contains("app_queue"), "{error}");
        run("DROP TRIGGER app_rule ON mes.jobs; REVOKE UPDATE ON mes.jobs FROM eryxon_mcp_tenant");
        assert_eq!(change_notes()["code"], "internal");
    }

    #[pg_test]
    fn a_unique_key_inside_a_trigger_is_a_rule_and_a_mistake_of_the_host_is_internal() {
        demo();
        run(
            "CREATE TABLE mes.app_once (one boolean CONSTRAINT once_only UNIQUE); INSERT INTO mes.app_once VALUES (true)",
        );
        trigger("jobs", "SECURITY DEFINER", "INSERT INTO mes.app_once VALUES (true);");
        let error = change_notes();
        assert_eq!((&error["code"], &error["constraint"]), (&json!("refused_by_database"), &json!("once_only")));
        run("DROP TRIGGER app_rule ON mes.jobs; DROP FUNCTION mes.app_rule()");
        trigger("jobs", "", "PERFORM 1 / 0;");
        let error = change_notes();
        assert_eq!((&error["code"], message(&error)), (&json!("internal"), "internal error"));
    }

    #[pg_test]
    fn what_the_host_catches_itself_refuses_nothing() {
        demo();
        trigger("jobs", "", "BEGIN RAISE EXCEPTION 'x'; EXCEPTION WHEN raise_exception THEN NULL; END;");
        call("A", "update_job", &json!({"job_number": "JOB-1026", "notes": "x"}));
    }
}

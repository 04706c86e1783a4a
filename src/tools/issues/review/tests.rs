//! Tests of the steps of `update_issue`: which there are, and what they need.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::core::states::{IssueNeed, Words};
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Map, Value, json};

    /// A remark, reported by Tomasz.
    const REMARK: &str = "A/issue/2";
    /// A pending NCR of high severity about 2 pieces without disposition, that requires a verification; reported by Jan, its operation
    /// is completed.
    const PENDING: &str = "A/issue/78";

    fn with(issue: &str, fields: Value) -> Value {
        let mut arguments = json!({"id": id(issue)});
        let fields: Map<_, _> = fields.as_object().cloned().expect("fields");
        arguments.as_object_mut().expect("an object").extend(fields);
        arguments
    }

    fn update(issue: &str, fields: Value) -> Value {
        call("A", "update_issue", &with(issue, fields))
    }

    fn refuse(issue: &str, fields: Value) -> Value {
        refused("A", "update_issue", &with(issue, fields))
    }

    fn set(issue: &str, assignments: &str) {
        Spi::run(&format!("UPDATE mes.issues SET {assignments} WHERE id = mes_demo_id('{issue}')")).expect("an issue");
    }

    fn missing(needs: &[IssueNeed]) -> Value {
        json!(needs.iter().map(|need| need.words()).collect::<Vec<_>>())
    }

    fn anna() -> Value {
        json!(id("A/profile/anna.devries"))
    }

    #[pg_test]
    fn every_step_of_the_tables_is_taken_and_every_other_refused() {
        demo();
        const STATES: [&str; 4] = ["pending", "approved", "rejected", "closed"];
        const STEPS: [(&str, &str); 7] = [
            ("pending", "approved"),
            ("pending", "rejected"),
            ("pending", "closed"),
            ("approved", "closed"),
            ("rejected", "pending"),
            ("rejected", "closed"),
            ("closed", "pending"),
        ];
        for issue in [REMARK, PENDING] {
            if issue == PENDING {
                set(
                    issue,
                    "disposition = 'use_as_is', root_cause = 'a', corrective_action = 'b', preventive_action = 'c'",
                );
            }
            for from in STATES {
                for to in STATES {
                    set(
                        issue,
                        &format!(
                            "status = '{from}', resolution_notes = E'Seen\\n\\n[verification] Measured', reviewed_by = NULL"
                        ),
                    );
                    let mut fields = json!({"status": to});
                    if to == "pending" {
                        fields["reason"] = json!("Again");
                    } else {
                        fields["reviewed_by"] = anna();
                    }
                    if from == to || STEPS.contains(&(from, to)) {
                        assert_eq!(update(issue, fields)["issue"]["status"], to, "{issue} {from} {to}");
                    } else {
                        let error = refuse(issue, fields);
                        let allowed: Vec<_> = STEPS.iter().filter(|step| step.0 == from).map(|step| step.1).collect();
                        let told: Vec<_> = error["allowed"].as_array().into_iter().flatten().collect();
                        assert_eq!(
                            (&error["code"], &error["from"], &error["to"]),
                            (&json!("invalid_state"), &json!(from), &json!(to))
                        );
                        assert!(
                            told.len() == allowed.len() && allowed.iter().all(|state| told.contains(&&json!(state))),
                            "{error}"
                        );
                    }
                    assert_eq!(sql(&format!("SELECT count(*) FROM mes.issues WHERE id = mes_demo_id('{issue}')")), 1);
                }
            }
        }
    }

    #[pg_test]
    fn a_review_needs_words_and_a_reviewer_and_is_noted() {
        demo();
        set(REMARK, "status = 'pending', resolution_notes = NULL, reviewed_by = NULL, reviewed_at = NULL");
        for to in ["approved", "rejected", "closed"] {
            let error = refuse(REMARK, json!({"status": to}));
            assert_eq!(error["missing"], missing(&[IssueNeed::ResolutionNotes, IssueNeed::Reviewer]), "{error}");
            let error = refuse(REMARK, json!({"status": to, "resolution_notes": "Seen"}));
            assert_eq!(error["missing"], missing(&[IssueNeed::Reviewer]));
            let error = refuse(REMARK, json!({"status": to, "reviewed_by": anna(), "verification_note": "Measured"}));
            assert_eq!(error["missing"], missing(&[IssueNeed::ResolutionNotes]));
        }
        let done = update(REMARK, json!({"status": "resolved", "reviewed_by": anna(), "resolution_notes": "Seen"}));
        assert_eq!(done["changes"]["reviewed_by"], json!({"old": null, "new": anna()}));
        assert_eq!(done["changes"]["reviewed_at"]["new"], done["issue"]["reviewed_at"]);
        assert!(done["issue"]["reviewed_at"].is_string());
        assert_eq!(update(REMARK, json!({"status": "closed"}))["issue"]["reviewed_by"], anna());
    }

    #[pg_test]
    fn reopening_needs_a_reason_forgets_the_review_and_keeps_its_words() {
        demo();
        set(REMARK, "status = 'closed', resolution_notes = 'Seen'");
        assert_eq!(refuse(REMARK, json!({"status": "pending"}))["missing"], missing(&[IssueNeed::Reason]));
        let open = update(REMARK, json!({"status": "open", "reason": "Came back"}));
        assert_eq!((&open["issue"]["reviewed_by"], &open["issue"]["reviewed_at"]), (&Value::Null, &Value::Null));
        assert_eq!(open["changes"]["resolution_notes"]["new"], "Seen\n\n[reopened] Came back");
        // The words of the first review do not stand for a second one.
        let error = refuse(REMARK, json!({"status": "rejected", "reviewed_by": anna()}));
        assert_eq!(error["missing"], missing(&[IssueNeed::ResolutionNotes]));
        let again =
            update(REMARK, json!({"status": "rejected", "reviewed_by": anna(), "resolution_notes": "As it must be"}));
        assert_eq!(again["changes"]["resolution_notes"]["new"], "Seen\n\n[reopened] Came back\n\nAs it must be");
        let third = update(REMARK, json!({"status": "pending", "reason": "Again", "resolution_notes": "Ask"}));
        let words = "Seen\n\n[reopened] Came back\n\nAs it must be\n\n[reopened] Again\n\nAsk";
        assert_eq!(third["changes"]["resolution_notes"]["new"], words);
    }

    #[pg_test]
    fn an_ncr_is_approved_with_a_disposition_and_by_another_than_the_reporter() {
        demo();
        let jan = json!(id("A/profile/jan.smit"));
        let approve = |fields: Value| {
            let mut all = json!({"status": "approved", "resolution_notes": "Seen"});
            all.as_object_mut().expect("an object").extend(fields.as_object().cloned().expect("fields"));
            all
        };
        let error = refuse(PENDING, approve(json!({"reviewed_by": jan})));
        assert_eq!(error["missing"], missing(&[IssueNeed::OtherReviewer, IssueNeed::Disposition]));
        assert_eq!((&error["from"], &error["to"]), (&json!("pending"), &json!("approved")));
        let error = refuse(PENDING, json!({"status": "approved"}));
        assert_eq!(
            error["missing"],
            missing(&[IssueNeed::ResolutionNotes, IssueNeed::Reviewer, IssueNeed::Disposition])
        );
        let scrap = json!({"reviewed_by": anna(), "disposition": "scrap", "affected_quantity": 0});
        assert_eq!(refuse(PENDING, approve(scrap))["missing"], missing(&[IssueNeed::ScrapQuantity]));
        // Who is the only one there may review what they reported.
        let own = json!({"id": id("C/issue/3"), "status": "approved", "resolution_notes": "Seen", "disposition": "use_as_is",
                         "reviewed_by": id("C/profile/lumen")});
        assert_eq!(call("C", "update_issue", &own)["issue"]["status"], "approved");
        let done = update(PENDING, approve(json!({"reviewed_by": anna(), "disposition": "scrap"})));
        assert_eq!((&done["issue"]["status"], &done["issue"]["disposition"]), (&json!("approved"), &json!("scrap")));
        // What it needed it keeps.
        assert_eq!(refuse(PENDING, json!({"disposition": null}))["missing"], missing(&[IssueNeed::Disposition]));
        assert_eq!(
            refuse(PENDING, json!({"affected_quantity": null}))["missing"],
            missing(&[IssueNeed::ScrapQuantity])
        );
        assert_eq!(
            refuse(PENDING, json!({"resolution_notes": null}))["missing"],
            missing(&[IssueNeed::ResolutionNotes])
        );
    }

    #[pg_test]
    fn an_ncr_is_closed_when_cause_actions_and_verification_are_there() {
        demo();
        set(PENDING, "status = 'approved', disposition = 'use_as_is', root_cause = ' ', resolution_notes = 'Seen'");
        let all =
            [IssueNeed::RootCause, IssueNeed::CorrectiveAction, IssueNeed::PreventiveAction, IssueNeed::Verification];
        assert_eq!(refuse(PENDING, json!({"status": "closed"}))["missing"], missing(&all));
        let causes = json!({"status": "closed", "root_cause": "a", "corrective_action": "b"});
        assert_eq!(refuse(PENDING, causes.clone())["missing"], missing(&all[2..]));
        let mut milder = causes.clone();
        milder["severity"] = json!("medium");
        assert_eq!(refuse(PENDING, milder.clone())["missing"], missing(&all[3..]));
        milder["verification_note"] = json!("Ten measured");
        let closed = update(PENDING, milder);
        assert_eq!(closed["changes"]["resolution_notes"]["new"], "Seen\n\n[verification] Ten measured");
        assert_eq!(refuse(PENDING, json!({"root_cause": null}))["missing"], missing(&all[..1]));
        assert_eq!(refuse(PENDING, json!({"severity": "high"}))["missing"], missing(&all[2..3]));
        assert_eq!(
            update(PENDING, json!({"root_cause": "c"}))["changes"]["root_cause"],
            json!({"old": "a", "new": "c"})
        );
        // A row that lacked it before may be changed.
        set(PENDING, "corrective_action = NULL");
        assert_eq!(update(PENDING, json!({"root_cause": null}))["changes"]["root_cause"]["new"], Value::Null);
    }

    #[pg_test]
    fn scrap_is_booked_before_an_ncr_is_closed() {
        demo();
        set(
            PENDING,
            "status = 'approved', disposition = 'scrap', severity = 'low', root_cause = 'a', corrective_action = 'b',
                      affected_quantity = 12, verification_required = false, created_at = now()",
        );
        let operation = "(SELECT operation_id FROM mes.issues WHERE id = mes_demo_id('A/issue/78'))";
        let scrapped =
            format!("SELECT sum(quantity_scrap) FROM mes.operation_quantities WHERE operation_id = {operation}");
        let before = sql(&scrapped).as_i64().expect("some");
        let error = refuse(PENDING, json!({"status": "closed"}));
        assert_eq!(error["missing"], missing(&[IssueNeed::ScrapBooked]));
        let midnight = "date_trunc('day', now() AT TIME ZONE 'Europe/Amsterdam') AT TIME ZONE 'Europe/Amsterdam'";
        for instant in [format!("{midnight} - interval '1 second'"), midnight.to_owned()] {
            Spi::run(&format!(
                "INSERT INTO mes.operation_quantities (tenant_id, operation_id, quantity_produced, quantity_scrap, recorded_at)
                 VALUES (mes_demo_id('A'), {operation}, 10, 10, {instant})"
            ))
            .expect("a booking");
        }
        assert_eq!(refuse(PENDING, json!({"status": "closed"}))["missing"], missing(&[IssueNeed::ScrapBooked]));
        // Ten of twelve are booked since the day of the report.
        let closed = update(PENDING, json!({"status": "closed", "book_scrap": true, "scrap_reason_code": "DIM"}));
        assert_eq!(
            (&closed["issue"]["status"], &closed["scrap_booked"]["quantity_scrap"]),
            (&json!("closed"), &json!(2))
        );
        assert_eq!(sql(&scrapped), before + 22);
        assert_eq!(update(PENDING, json!({"book_scrap": true}))["scrap_booked"], Value::Null);
        assert_eq!(sql(&scrapped), before + 22);
    }

    #[pg_test]
    fn rework_needs_work_on_the_part() {
        demo();
        set(
            PENDING,
            "status = 'approved', disposition = 'rework', severity = 'low', root_cause = 'a', corrective_action = 'b',
                      verification_required = false, created_at = now()",
        );
        let part = "(SELECT part_id FROM mes.operations o JOIN mes.issues i ON i.operation_id = o.id WHERE i.id = mes_demo_id('A/issue/78'))";
        let work = |assignments: &str, id: &str| {
            Spi::run(&format!("UPDATE mes.operations SET {assignments} WHERE part_id = {part} AND {id}"))
                .expect("operations");
        };
        work(
            "status = 'completed', created_at = now() - interval '2 days', completed_at = now() - interval '1 day'",
            "true",
        );
        let one = "sequence = 10";
        assert_eq!(refuse(PENDING, json!({"status": "closed"}))["missing"], missing(&[IssueNeed::Rework]));
        for done in ["status = 'in_progress', completed_at = NULL", "completed_at = now()", "created_at = now()"] {
            work(
                "status = 'completed', created_at = now() - interval '2 days', completed_at = now() - interval '1 day'",
                "true",
            );
            set(PENDING, "status = 'approved'");
            work(done, one);
            assert_eq!(update(PENDING, json!({"status": "closed"}))["issue"]["status"], "closed", "{done}");
        }
    }
}

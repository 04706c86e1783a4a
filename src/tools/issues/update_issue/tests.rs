//! Tests of what `update_issue` changes, and of what follows for the operation.

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::{Map, Value, json};

    const REMARK: &str = "A/issue/2";
    /// A pending NCR that alone parks the operation, which was in progress.
    const STANDSTILL: &str = "A/issue/145";
    /// A pending NCR and a pending remark that both park one operation.
    const TWO: [&str; 2] = ["A/issue/149", "A/issue/146"];

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

    fn reject() -> Value {
        json!({"status": "rejected", "resolution_notes": "As it must be", "reviewed_by": id("A/profile/anna.devries")})
    }

    #[pg_test]
    fn the_operation_goes_on_when_the_last_standstill_is_reviewed() {
        demo();
        let released = update(STANDSTILL, reject())["operation"].clone();
        assert_eq!((&released["yellow_card"], &released["previous_status"]), (&json!("released"), &json!("on_hold")));
        assert_eq!((&released["status"], &released["pending_standstills"]), (&json!("in_progress"), &json!(0)));
        let still = update(TWO[0], reject())["operation"].clone();
        assert_eq!((&still["yellow_card"], &still["status"]), (&Value::Null, &json!("on_hold")));
        assert_eq!(still["pending_standstills"], 1);
        let released = update(TWO[1], json!({"causes_standstill": false}))["operation"].clone();
        assert_eq!((&released["yellow_card"], &released["status"]), (&json!("released"), &json!("in_progress")));
        // Back in pending it parks the operation again.
        let parked = update(TWO[0], json!({"status": "pending", "reason": "Wrong part"}));
        assert_eq!(
            (&parked["operation"]["yellow_card"], &parked["issue"]["operation_status"]),
            (&json!("set"), &json!("on_hold"))
        );
        let open = update(STANDSTILL, json!({"status": "pending", "reason": "x", "causes_standstill": false}));
        assert_eq!(open["operation"]["yellow_card"], Value::Null);
        let parked = update(STANDSTILL, json!({"causes_standstill": true}));
        assert_eq!(parked["changes"], json!({"causes_standstill": {"old": false, "new": true}}));
        assert_eq!(parked["operation"]["yellow_card"], "set");
        let error = refuse(REMARK, json!({"causes_standstill": true}));
        assert_eq!((&error["code"], &error["field"]), (&json!("invalid_state"), &json!("causes_standstill")));
    }

    #[pg_test]
    fn only_what_is_given_changes_and_nothing_changes_twice() {
        demo();
        let quantity = sql("SELECT affected_quantity FROM mes.issues WHERE id = mes_demo_id('A/issue/145')");
        let number = sql("SELECT lower(ncr_number) FROM mes.issues WHERE id = mes_demo_id('A/issue/145')");
        let fields =
            json!({"severity": "high", "root_cause": "Clamp", "affected_quantity": 250, "disposition": "scrap"});
        let mut by_number = fields.clone();
        by_number["ncr_number"] = number;
        let changed = call("A", "update_issue", &by_number);
        assert_eq!(changed["issue"]["id"], json!(id(STANDSTILL)));
        let expected = json!({"severity": {"old": "low", "new": "high"}, "root_cause": {"old": null, "new": "Clamp"},
                              "affected_quantity": {"old": quantity, "new": 250}, "disposition": {"old": null, "new": "scrap"}});
        assert_eq!(changed["changes"], expected);
        Spi::run("UPDATE mes.issues SET updated_at = '2020-01-01Z'").expect("an older time");
        let same = update(STANDSTILL, fields);
        assert_eq!((&same["changes"], &same["operation"]["yellow_card"]), (&json!({}), &Value::Null));
        assert_eq!(sql("SELECT extract(year FROM max(updated_at)) FROM mes.issues"), 2020);
        let cleared = update(STANDSTILL, json!({"root_cause": null, "disposition": null}));
        assert_eq!(cleared["changes"].as_object().map(Map::len), Some(2));
        assert_eq!(sql("SELECT extract(year FROM max(updated_at)) > 2020 FROM mes.issues"), true);
        // The piece of one review is replaced, a repeated one changes nothing.
        update(REMARK, json!({"resolution_notes": "One"}));
        assert_eq!(update(REMARK, json!({"resolution_notes": "Two"}))["changes"]["resolution_notes"]["new"], "Two");
        let noted = update(REMARK, json!({"verification_note": "Seen"}));
        assert_eq!(noted["changes"]["resolution_notes"]["new"], "Two\n\n[verification] Seen");
        assert_eq!(update(REMARK, json!({"verification_note": "Seen"}))["changes"], json!({}));
    }

    #[pg_test]
    fn an_issue_that_somebody_else_changed_stays_as_it_is() {
        demo();
        let row = call("A", "fetch_issues", &json!({"status": "approved", "issue_type": "general", "order": "oldest"}))
            ["issues"][0]
            .clone();
        assert_eq!(row["id"], json!(id(REMARK)));
        let conflict = refuse(REMARK, json!({"severity": "high", "expected_status": "open"}));
        assert_eq!((&conflict["code"], &conflict["status"]), (&json!("conflict"), &json!("approved")));
        let conflict = refuse(REMARK, json!({"severity": "high", "if_updated_at": "2020-01-01T00:00:00Z"}));
        assert_eq!((&conflict["code"], &conflict["updated_at"]), (&json!("conflict"), &row["updated_at"]));
        let guards = json!({"severity": "high", "expected_status": "resolved", "if_updated_at": row["updated_at"]});
        assert_eq!(update(REMARK, guards.clone())["changes"]["severity"]["new"], "high");
        assert_eq!(refuse(REMARK, guards)["code"], "conflict");
    }

    #[pg_test]
    fn an_issue_is_not_changed_against_the_rules() {
        demo();
        let before = "SELECT md5(string_agg(i::text, '' ORDER BY i.id)) FROM mes.issues i";
        let digest = sql(before);
        for (issue, fields, code, field) in [
            (REMARK, json!({}), "invalid_arguments", Value::Null),
            (REMARK, json!({"expected_status": "approved"}), "invalid_arguments", Value::Null),
            (REMARK, json!({"disposition": "scrap"}), "invalid_arguments", json!("disposition")),
            (REMARK, json!({"reason": "x"}), "invalid_arguments", json!("reason")),
            (REMARK, json!({"reviewed_by": id("A/profile/jan.smit")}), "invalid_arguments", json!("reviewed_by")),
            (REMARK, json!({"ncr_number": "NCR-1", "severity": "low"}), "invalid_arguments", json!("ncr_number")),
            (REMARK, json!({"book_scrap": true}), "invalid_arguments", json!("book_scrap")),
            (
                REMARK,
                json!({"severity": "low", "scrap_reason_code": "POR"}),
                "invalid_arguments",
                json!("scrap_reason_code"),
            ),
            (REMARK, json!({"status": "in_progress"}), "invalid_arguments", json!("status")),
            (
                REMARK,
                json!({"severity": "low", "if_updated_at": "0000-01-01T00:00:00Z"}),
                "invalid_arguments",
                json!("if_updated_at"),
            ),
            (STANDSTILL, json!({"affected_quantity": 251}), "invalid_arguments", json!("affected_quantity")),
            (
                STANDSTILL,
                json!({"status": "rejected", "resolution_notes": "x", "reviewed_by": id("A/profile/wim.vandenberg")}),
                "invalid_state",
                json!("reviewed_by"),
            ),
            (
                STANDSTILL,
                json!({"status": "rejected", "resolution_notes": "x", "reviewed_by": id("B/profile/jan.smit")}),
                "not_found",
                json!("reviewed_by"),
            ),
            ("B/issue/11", json!({"severity": "low"}), "not_found", Value::Null),
            ("nothing", json!({"severity": "low"}), "not_found", Value::Null),
        ] {
            let error = refuse(issue, fields.clone());
            assert_eq!(
                (&error["code"], error.get("field").unwrap_or(&Value::Null)),
                (&json!(code), &field),
                "{fields}: {error}"
            );
        }
        assert_eq!(sql(before), digest);
        update(REMARK, json!({"resolution_notes": "x".repeat(20_000)}));
        let error = refuse(REMARK, json!({"verification_note": "x"}));
        assert_eq!((&error["code"], &error["limit"]), (&json!("limit_exceeded"), &json!(20_000)));
        Spi::run("UPDATE mes.operations SET deleted_at = now() WHERE tenant_id = mes_demo_id('A')")
            .expect("operations");
        assert_eq!(refuse(REMARK, json!({"severity": "high"}))["message"], format!("issue not found: {}", id(REMARK)));
    }
}

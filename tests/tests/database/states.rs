//! What must hold for jobs, parts and operations after every call, and their progress.

use std::collections::BTreeMap;

use eryxon_mcp_tests::database::OWN;
use eryxon_mcp_tests::{Database, Key, Session, call};
use serde_json::{Value, json};
use uuid::Uuid;

/// A job with its parts and their operations, all not started.
pub struct Work {
    pub job: Uuid,
    pub parts: Vec<Uuid>,
    pub operations: Vec<Uuid>,
}

impl Work {
    /// Creates a job of tenant A with its tool: parts with two or three operations at cells without an enforced limit.
    pub async fn create(session: &Session, key: &Key, number: &str, parts: usize) -> Self {
        let cells = ["Laser 1", "Press Brake", "Finishing"];
        let operation =
            |n: usize| json!({"operation_name": "Step", "cell_name": cells[n], "estimated_time_minutes": 10});
        let part = |n: usize| {
            let operations: Vec<_> = (0..2 + n % 2).map(operation).collect();
            json!({"part_number": format!("{number}/{n}"), "material": "S235", "operations": operations})
        };
        let parts: Vec<_> = (0..parts).map(part).collect();
        let answer = call(session, &key.secret, "create_job", json!({"job_number": number, "parts": parts})).await;
        let made = &answer["result"]["structuredContent"];
        let id =
            |value: &Value| value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{answer}"));
        let rows = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let parts = rows(&made["parts"]);
        Self {
            job: id(&made["job"]["id"]),
            operations: parts.iter().flat_map(|part| rows(&part["operations"])).map(|row| id(&row["id"])).collect(),
            parts: parts.iter().map(|part| id(&part["id"])).collect(),
        }
    }
}

/// Allows a key of tenant A as many calls and jobs as a test needs.
pub fn unlimited(db: &Database) -> Key {
    let key = db.key("A");
    db.psql(&format!(
        "UPDATE mcp_authentication_keys SET rate_limit = 10000 WHERE {OWN}; UPDATE mes.tenants SET max_jobs = NULL"
    ));
    key
}

/// The contradictions in the states of these jobs.
pub async fn contradictions(superuser: &Session, jobs: &[Uuid]) -> Vec<String> {
    let rows = superuser.query(include_str!("contradictions.sql"), &[&jobs]).await.expect("the query runs");
    rows.iter().map(|row| row.get(0)).collect()
}

/// States by kind and id.
pub type States = BTreeMap<(String, Uuid), String>;

/// The states of all rows of these jobs.
pub async fn states(superuser: &Session, jobs: &[Uuid]) -> States {
    const STATES: &str = "SELECT 'job', id, status::text FROM mes.jobs WHERE id = ANY ($1)
         UNION ALL SELECT 'part', id, status::text FROM mes.parts WHERE job_id = ANY ($1)
         UNION ALL SELECT 'operation', o.id, o.status::text FROM mes.operations o JOIN mes.parts p ON p.id = o.part_id
                    WHERE p.job_id = ANY ($1)
         UNION ALL SELECT 'substep', s.id, s.status FROM mes.substeps s JOIN mes.operations o ON o.id = s.operation_id
                     JOIN mes.parts p ON p.id = o.part_id WHERE p.job_id = ANY ($1)
         UNION ALL SELECT 'issue', i.id, i.status::text FROM mes.issues i JOIN mes.operations o ON o.id = i.operation_id
                     JOIN mes.parts p ON p.id = o.part_id WHERE p.job_id = ANY ($1)";
    let rows = superuser.query(STATES, &[&jobs]).await.expect("the query runs");
    rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect()
}

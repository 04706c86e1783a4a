//! What the application writes, as each of its identities, and what its triggers make of it. Nothing of it stays.

use tokio_postgres::SimpleQueryMessage;

use super::view::{refusal, with_ids};
use super::{Identity, Live, View};

/// The application's writes: a name and a statement; `{A/job/JOB-1002}` is an id.
pub const WRITES: [(&str, &str); 37] = [
    ("new job", "INSERT INTO jobs (tenant_id, job_number) VALUES ('{A}', 'NEW-1') RETURNING job_number, status"),
    ("taken number", "INSERT INTO jobs (tenant_id, job_number) VALUES ('{A}', 'JOB-1001')"),
    ("job of another tenant", "INSERT INTO jobs (tenant_id, job_number) VALUES ('{B}', 'NEW-1') RETURNING status"),
    ("notes of a job", "UPDATE jobs SET notes = 'x' WHERE id = '{A/job/JOB-1002}' RETURNING job_number, search_vector"),
    ("completed job", "UPDATE jobs SET status = 'completed' WHERE id = '{A/job/JOB-1002}' RETURNING status"),
    ("deleted job", "DELETE FROM jobs WHERE id = '{B/job/JOB-1014}' RETURNING job_number"),
    ("softly deleted job", "UPDATE jobs SET deleted_at = now() WHERE id = '{B/job/JOB-1013}' RETURNING job_number"),
    (
        "new part",
        "INSERT INTO parts (tenant_id, job_id, part_number, material, quantity)
         VALUES ('{A}', '{A/job/JOB-1002}', 'NEW-1', 'S235', 7) RETURNING status",
    ),
    ("completed part", "UPDATE parts SET status = 'completed' WHERE id = '{A/part/PN-1002-1}' RETURNING part_number"),
    (
        "started operation",
        "UPDATE operations SET status = 'in_progress' WHERE id = '{A/operation/PN-1001-1/2}' RETURNING operation_name",
    ),
    (
        "operation of nobody",
        "UPDATE operations SET status = 'in_progress' WHERE id = '{A/operation/PN-1001-1/1}' RETURNING operation_name",
    ),
    (
        "issue",
        "INSERT INTO issues (tenant_id, operation_id, created_by, description, severity, issue_type)
         VALUES ('{A}', '{A/operation/PN-1002-1/2}', coalesce(auth.uid(), '{A/profile/jan.smit}'), 'x', 'high', 'ncr') RETURNING status",
    ),
    (
        "critical issue",
        "INSERT INTO issues (tenant_id, operation_id, created_by, description, severity)
         VALUES ('{A}', '{A/operation/PN-1002-1/2}', coalesce(auth.uid(), '{A/profile/jan.smit}'), 'x', 'critical')",
    ),
    (
        "standstill",
        "INSERT INTO issues (tenant_id, operation_id, created_by, description, severity, causes_standstill)
         VALUES ('{A}', '{A/operation/PN-1002-1/2}', coalesce(auth.uid(), '{A/profile/jan.smit}'), 'x', 'low', true) RETURNING status",
    ),
    ("end of a standstill", "UPDATE issues SET status = 'approved' WHERE id = '{A/issue/standstill}' RETURNING title"),
    (
        "time entry",
        "INSERT INTO time_entries (tenant_id, operator_id, operation_id)
         VALUES ('{A}', coalesce(auth.uid(), '{A/profile/jan.smit}'), '{A/operation/PN-1002-1/2}') RETURNING time_type",
    ),
    (
        "quantity",
        "INSERT INTO operation_quantities (tenant_id, operation_id, quantity_produced, quantity_good)
         VALUES ('{A}', '{A/operation/PN-1002-1/2}', 5, 5) RETURNING quantity_good",
    ),
    (
        "quantities that do not add up",
        "INSERT INTO operation_quantities (tenant_id, operation_id, quantity_produced, quantity_good)
         VALUES ('{A}', '{A/operation/PN-1002-1/2}', 5, 4)",
    ),
    ("substep", "UPDATE substeps SET status = 'completed' WHERE id = '{A/substep/1002-1/1/2}' RETURNING name"),
    ("orphan", "DELETE FROM substeps WHERE id = '{A/substep/orphan/1}' RETURNING name"),
    (
        "assignment",
        "INSERT INTO assignments (tenant_id, operator_id, job_id, assigned_by)
         VALUES ('{A}', '{A/profile/jan.smit}', '{A/job/JOB-1002}', '{A/profile/anna.devries}') RETURNING status",
    ),
    (
        "scrap reason",
        "INSERT INTO scrap_reasons (tenant_id, code, description, category)
         VALUES ('{A}', 'NEW-1', 'x', 'other') RETURNING code",
    ),
    (
        "link",
        "INSERT INTO operation_resources (operation_id, resource_id)
         VALUES ('{A/operation/PN-1004-1/2}', '{A/resource/Mold 12}') RETURNING quantity",
    ),
    ("own profile", "UPDATE profiles SET onboarding_completed = true WHERE id = auth.uid() RETURNING username"),
    ("profile of another", "UPDATE profiles SET active = false WHERE id = '{A/profile/milan.petrovic}' RETURNING username"),
    ("tenant", "UPDATE tenants SET timezone = 'UTC' WHERE id = '{A}' RETURNING name"),
    (
        "short-lived tenant",
        "INSERT INTO tenants (id, name) VALUES ('{A/short-lived}', 'Short'); DELETE FROM tenants WHERE id = '{A/short-lived}' RETURNING name",
    ),
    ("deleted MCP key", "DELETE FROM mcp_authentication_keys WHERE id = '{A/key/Test bench}' RETURNING name"),
    ("switch", "UPDATE mcp_server_config SET enabled = false WHERE tenant_id = '{A}' RETURNING server_name"),
    (
        "forged usage",
        "INSERT INTO mcp_key_usage_logs (tenant_id, tool_name, success) VALUES ('{A}', 'fetch_jobs', true)",
    ),
    ("new MCP key", "SELECT key_prefix FROM generate_mcp_key('{A}', 'NEW-1')"),
    ("MCP key", "SELECT tenant_id FROM validate_mcp_key('mcp_live_k7Q-A_Production_01-fixture-only')"),
    ("usage", "SELECT log_mcp_key_usage('{A}', '{A/key/Production}', 'fetch_jobs') IS NOT NULL"),
    ("health", "SELECT update_mcp_server_health('{A}', 'online') IS NOT NULL"),
    ("server log", "SELECT log_mcp_server_activity('{A}', 'connected', 'x') IS NOT NULL"),
    ("token for another tenant", "SELECT id IS NOT NULL FROM create_mcp_endpoint('NEW-1', '{A}')"),
    (
        "migration",
        "ALTER TABLE jobs ADD COLUMN later text; CREATE INDEX ON jobs (later); ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
         CREATE POLICY later ON jobs USING (later IS NULL); DROP VIEW cell_load; ALTER TABLE substeps DROP COLUMN notes",
    ),
];

/// What the triggers did in this transaction, as a superuser sees it.
const EFFECTS: &str = "SELECT concat_ws(E'\\n',
    (SELECT string_agg(concat_ws(' ', 'log', action, entity_type, entity_name, description, user_id), E'\\n' ORDER BY entity_type, action, entity_name)
       FROM public.activity_log WHERE created_at = now()),
    (SELECT string_agg(concat_ws(' ', 'notice', type, severity, title, message, user_id), E'\\n' ORDER BY type, user_id)
       FROM public.notifications WHERE created_at = now()),
    (SELECT string_agg(concat_ws(' ', 'exception', exception_type, expectation_id), E'\\n' ORDER BY expectation_id)
       FROM public.exceptions WHERE detected_at = now()),
    (SELECT string_agg(concat_ws(' ', 'tenant', name, current_jobs, current_parts_this_month, pilot_ready_at IS NULL), E'\\n' ORDER BY name) FROM public.tenants),
    (SELECT 'operations ' || count(*) || md5(string_agg(concat(id, status, status_before_hold), ',' ORDER BY id)) FROM public.operations),
    (SELECT concat_ws(' ', 'rows', (SELECT count(*) FROM public.jobs), (SELECT count(*) FROM public.parts), (SELECT count(*) FROM public.issues),
            (SELECT count(*) FROM public.mcp_authentication_keys), (SELECT count(*) FROM public.webhook_logs))))";

/// Writes everything as everybody, each time in a transaction of its own that is rolled back.
///
/// # Panics
/// If the session is lost.
pub async fn application_writes(live: &Live) -> View {
    let session = live.superuser().await;
    let mut results = View::new();
    for who in Identity::ALL {
        let enter = format!("SET LOCAL SESSION AUTHORIZATION {}; {}", who.login(live.owner()), who.enter("LOCAL"));
        for (name, statement) in WRITES {
            session.batch_execute(&format!("BEGIN; {enter}")).await.expect("a superuser may be anybody");
            let result = match session.simple_query(&with_ids(statement)).await {
                Ok(messages) => {
                    let rows: Vec<_> = messages.iter().filter_map(row).collect();
                    session.batch_execute("RESET ROLE; SET SESSION AUTHORIZATION DEFAULT").await.expect("it was one");
                    format!("{}\n{}", rows.join("\n"), session.text(EFFECTS).await)
                }
                Err(error) => refusal(&error),
            };
            session.batch_execute("ROLLBACK").await.expect("a transaction can be rolled back");
            results.insert((who, name.to_owned()), result);
        }
    }
    results
}

/// A row's columns, or the number of rows of a statement that returns none.
fn row(message: &SimpleQueryMessage) -> Option<String> {
    match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|column| row.get(column).unwrap_or("NULL")).collect::<Vec<_>>().join("|"))
        }
        SimpleQueryMessage::CommandComplete(rows) => Some(format!("{rows} rows")),
        _ => None,
    }
}

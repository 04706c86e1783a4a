//! What the application sees of its database: as each of its identities, every table, view and function.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryMessage;

use super::{Identity, Live};
use crate::database::{Session, demo_id};

/// The application's functions that read, with arguments; `{A/job/JOB-1002}` is an id.
pub const CALLS: [&str; 22] = [
    "get_user_tenant_id()",
    "get_user_role()",
    "is_root_admin()",
    "has_role('{A/profile/anna.devries}', 'admin')",
    "get_tenant_info()",
    "get_cell_wip_count('{A/cell/Laser 1}', '{A}')",
    "get_cell_qrm_metrics('{A/cell/Laser 1}', '{A}')",
    "get_cell_qrm_metrics('{B/cell/Mill}', '{B}')",
    "get_operation_total_quantities('{A/operation/PN-1004-1/1}')",
    "get_job_issue_summary('{A/job/JOB-1004}')",
    "get_job_issue_summary('{B/job/JOB-1004}')",
    "get_part_issue_summary('{A/part/PN-1004-1}')",
    "get_part_routing('{A/part/PN-1004-1}')",
    "get_activity_logs()",
    "get_activity_logs(10, 0, 'create', 'job', 'JOB-1004')",
    "get_activity_stats()",
    "check_mcp_tool_permission('{A/key/Reporting}', 'fetch_jobs')",
    "check_mcp_tool_permission('{A/key/No list}', 'fetch_jobs')",
    "get_mcp_key_stats('{A/key/Production}')",
    "get_mcp_key_stats('{B/key/Production}')",
    "get_mcp_server_config()",
    "validate_mcp_token('mcp_token of A')",
];

/// Every table, view, materialized view and foreign table of the application.
const RELATIONS: &str = "SELECT format('%I.%I', n.nspname, c.relname)
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('public', 'auth') AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1";

/// What is seen: by identity and relation or call, the number of rows and a digest, or how it is refused.
pub type View = BTreeMap<(Identity, String), String>;

/// Looks at everything as everybody.
///
/// # Panics
/// If a session cannot be opened.
pub async fn application_view(live: &Live) -> View {
    let relations = live.psql(RELATIONS);
    let calls: Vec<_> = CALLS.iter().map(|call| with_ids(call)).collect();
    let mut view = View::new();
    for who in Identity::ALL {
        let session = live.session(who).await;
        for source in relations.lines().map(str::to_owned).chain(calls.iter().map(|call| format!("public.{call}"))) {
            let seen = look(&session, &source).await;
            view.insert((who, source), seen);
        }
    }
    view
}

/// What differs between two views (or lists of results), one line each.
#[must_use]
pub fn differences(before: &View, after: &View) -> Vec<String> {
    let mut keys: Vec<_> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| format!("{:?} {}: {:?} became {:?}", key.0, key.1, before.get(key), after.get(key)))
        .collect()
}

async fn look(session: &Session, source: &str) -> String {
    let query = format!(
        "SELECT count(*) || ' rows ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {source} t"
    );
    // One round trip, without a statement to prepare.
    match session.simple_query(&query).await {
        Ok(messages) => messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }),
        Err(error) => Some(refusal(&error)),
    }
    .expect("an aggregate has a row")
}

/// The SQLSTATE and the message.
pub(super) fn refusal(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| format!("{error:?}"), |error| format!("{} {}", error.code().code(), error.message()))
}

/// A text with ids in place of the names in braces.
#[must_use]
pub fn with_ids(statement: &str) -> String {
    let mut parts = statement.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) if part.starts_with(['A', 'B', 's']) => {
                out += &demo_id(name).to_string();
                out += rest;
            }
            _ => {
                out.push('{');
                out += part;
            }
        }
    }
    out
}

//! A key's row.

use std::cell::RefCell;

use pgrx::JsonB;
use uuid::Uuid;

use super::Caller;
use crate::core::scope::ToolScope;
use crate::pg::query::{self, from_uuid, quote_identifier};
use crate::sql_args;

/// What a call needs of a key.
#[derive(Debug)]
pub struct Key {
    /// Its id.
    pub id: Uuid,
    /// Its tenant.
    pub tenant: Uuid,
    /// The profile id of the person it was made for (`created_by`).
    pub owner: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// The tools it may call.
    pub scope: ToolScope,
    /// Calls in any 60 seconds.
    pub rate_limit: i32,
    /// Whether its tenant wants a notification for each call.
    pub events: bool,
}

impl Key {
    pub(super) fn caller(&self) -> Caller {
        Caller::Known { tenant: self.tenant, key: self.id }
    }
}

/// A key's row as it stands now.
pub(super) struct Row {
    pub key: Key,
    pub hash: String,
    /// Enabled, not expired, tenant active or in trial, the tenant's server enabled.
    pub active: bool,
}

/// The key's row and where the schemas are, read by one statement.
pub(super) struct Lookup {
    pub extension_schema: String,
    pub mes_schema: Option<String>,
    pub row: Option<Row>,
}

/// A statement that was built for one MES schema.
struct Statement {
    mes_schema: Option<String>,
    sql: String,
}

thread_local! {
    static STATEMENT: RefCell<Option<Statement>> = const { RefCell::new(None) };
}

/// Finds the key with this prefix.
///
/// The tenant's state stands in the MES schema, whose name stands in a table. So that a warm call needs one statement, the statement is
/// kept with the name it was built for and gives the name of now: when they differ it is built again.
pub(super) fn look_up(prefix: &str) -> Lookup {
    loop {
        let statement = STATEMENT.take().unwrap_or_else(build);
        let found = run(&statement.sql, prefix);
        let fresh = found.mes_schema == statement.mes_schema;
        if fresh {
            STATEMENT.set(Some(statement));
            return found;
        }
    }
}

/// Without an attached schema no tenant is known, so no key is active; the caller then says what is missing.
fn build() -> Statement {
    let mes_schema: Option<String> = query::read(
        // A schema that was dropped is not attached any more; naming it would fail every call.
        "SELECT s.mes_schema FROM mcp_settings s JOIN pg_catalog.pg_namespace n ON n.nspname = s.mes_schema",
        &[],
        |rows| if rows.is_empty() { Ok(None) } else { rows.first().get_one() },
    );
    let (tenant_join, tenant_active) = match &mes_schema {
        Some(schema) => (
            format!("LEFT JOIN {}.tenants t ON t.id = k.tenant_id", quote_identifier(schema)),
            "coalesce(t.status::text IN ('active', 'trial'), false)",
        ),
        None => (String::new(), "true"),
    };
    let sql = include_str!("look_up_key.sql")
        .replace("{{tenant_join}}", &tenant_join)
        .replace("{{tenant_active}}", tenant_active);
    Statement { mes_schema, sql }
}

fn run(sql: &str, prefix: &str) -> Lookup {
    query::read(sql, sql_args![prefix], |rows| {
        let rows = rows.first();
        let row = match rows.get::<pgrx::Uuid>(3)? {
            None => None,
            Some(id) => {
                let allowed = rows.get::<JsonB>(6)?.map_or(serde_json::Value::Null, |allowed| allowed.0);
                Some(Row {
                    key: Key {
                        id: from_uuid(id),
                        tenant: rows.get(4)?.map(from_uuid).unwrap_or_default(),
                        owner: rows.get(11)?.map(from_uuid),
                        name: rows.get(5)?.unwrap_or_default(),
                        scope: ToolScope::from_json(&allowed),
                        rate_limit: rows.get(7)?.unwrap_or_default(),
                        events: rows.get(8)?.unwrap_or_default(),
                    },
                    hash: rows.get(9)?.unwrap_or_default(),
                    active: rows.get(10)?.unwrap_or_default(),
                })
            }
        };
        Ok(Lookup { extension_schema: rows.get(1)?.unwrap_or_default(), mes_schema: rows.get(2)?, row })
    })
}

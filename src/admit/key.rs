//! Looking up a key.

use std::collections::BTreeMap;

use pgrx::JsonB;

use crate::core::caller::Key;
use crate::core::scope::ToolScope;
use crate::pg::args::from_uuid;
use crate::pg::query::{self, Rows, SqlResult};
use crate::pg::statement::Fill;
use crate::{sql_args, statement};

/// The current row of a key.
pub(super) struct Row {
    pub key: Key,
    pub hash: String,
    /// SHA-256 of the key, if it is stored. A digest of another length is like none that any key has.
    pub fingerprint: Option<[u8; 32]>,
    /// The key is enabled and not expired, and the tenant's server is enabled. The tenant's own state is in the MES schema.
    pub active: bool,
}

/// A key's row and the name of the attached MES schema.
pub(super) struct Lookup {
    pub mes_schema: Option<String>,
    /// The tools that cannot work with it, as attaching found.
    pub unavailable: BTreeMap<String, String>,
    /// Its application switches a tenant's server on and off by a table of its own.
    pub application_switch: bool,
    pub row: Option<Row>,
}

/// The keys that share a short prefix are never more, so that a wrong key costs no more than as many hashes. `mcp_take_over_keys` keeps to it
/// as well.
pub(super) const MOST_OF_A_SHORT_PREFIX: usize = 8;

statement! {
    static LOOK_UP = include_str!("look_up_key.sql"); [Text]
        => fills(&[("keys", Fill::Text("{{extension}}.mcp_keys k ON k.key_prefix = $1"))]);
    static LOOK_UP_TAKEN_OVER = include_str!("look_up_key.sql"); [Text]
        => fills(&[
            ("keys", Fill::Text("LATERAL (SELECT * FROM {{extension}}.mcp_keys WHERE short_prefix = $1 ORDER BY id LIMIT {{most}}) k ON true")),
            ("most", Fill::Count(MOST_OF_A_SHORT_PREFIX)),
        ]);
}

/// Finds the key with this prefix, and the name of the attached MES schema; `None` if that has been dropped.
pub(super) fn look_up(prefix: &str) -> Lookup {
    query::read(&LOOK_UP, sql_args![prefix], |rows| {
        let rows = rows.first();
        let unavailable = rows.get::<JsonB>(12)?.and_then(|tools| serde_json::from_value(tools.0).ok());
        Ok(Lookup {
            mes_schema: rows.get(1)?,
            unavailable: unavailable.unwrap_or_default(),
            application_switch: rows.get(13)?.unwrap_or_default(),
            row: row(prefix, &rows)?,
        })
    })
}

/// The taken-over keys with this short prefix that were not used yet. `prefix` is the whole prefix of the key that is looked for.
pub(super) fn look_up_taken_over(short_prefix: &str, prefix: &str) -> Vec<Row> {
    query::read(&LOOK_UP_TAKEN_OVER, sql_args![short_prefix], |mut rows| {
        let mut found = Vec::new();
        while rows.next().is_some() {
            found.extend(row(prefix, &rows)?);
        }
        Ok(found)
    })
}

/// The key in the current row, if there is one.
fn row(prefix: &str, rows: &Rows<'_>) -> SqlResult<Option<Row>> {
    let Some(id) = rows.get::<pgrx::Uuid>(2)? else { return Ok(None) };
    let allowed = rows.get::<JsonB>(5)?.map_or(serde_json::Value::Null, |allowed| allowed.0);
    Ok(Some(Row {
        key: Key {
            id: from_uuid(id),
            tenant: rows.get(3)?.map(from_uuid).unwrap_or_default(),
            owner: rows.get(10)?.map(from_uuid),
            prefix: prefix.to_owned(),
            name: rows.get(4)?.unwrap_or_default(),
            scope: ToolScope::from_json(&allowed),
            rate_limit: rows.get(6)?.unwrap_or_default(),
            events: rows.get(7)?.unwrap_or_default(),
        },
        hash: rows.get(8)?.unwrap_or_default(),
        fingerprint: rows.get::<Vec<u8>>(11)?.map(|digest| digest.try_into().unwrap_or_default()),
        active: rows.get(9)?.unwrap_or_default(),
    }))
}

//! Looking up a key.

use std::collections::BTreeMap;

use pgrx::JsonB;

use crate::core::caller::Key;
use crate::core::scope::ToolScope;
use crate::pg::args::from_uuid;
use crate::pg::query;
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
    pub row: Option<Row>,
}

statement! {
    static LOOK_UP = include_str!("look_up_key.sql"); [Text];
}

/// Finds the key with this prefix, and the name of the attached MES schema; `None` if that has been dropped.
pub(super) fn look_up(prefix: &str) -> Lookup {
    query::read(&LOOK_UP, sql_args![prefix], |rows| {
        let rows = rows.first();
        let row = match rows.get::<pgrx::Uuid>(2)? {
            None => None,
            Some(id) => {
                let allowed = rows.get::<JsonB>(5)?.map_or(serde_json::Value::Null, |allowed| allowed.0);
                Some(Row {
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
                })
            }
        };
        let unavailable = rows.get::<JsonB>(12)?.and_then(|tools| serde_json::from_value(tools.0).ok());
        Ok(Lookup { mes_schema: rows.get(1)?, unavailable: unavailable.unwrap_or_default(), row })
    })
}

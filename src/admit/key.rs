//! Looking up a key.

use std::cell::RefCell;

use pgrx::{JsonB, PgSqlErrorCode};

use crate::core::caller::Key;
use crate::core::scope::ToolScope;
use crate::pg::args::from_uuid;
use crate::pg::query::{self, Access};
use crate::pg::statement::{Choice, Schemas};
use crate::pg::subtransaction::{Failure, subtransaction};
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

/// A key's row and the names of the schemas, read by one statement.
pub(super) struct Lookup {
    pub extension_schema: String,
    pub mes_schema: Option<String>,
    pub row: Option<Row>,
}

statement! {
    static LOOK_UP = include_str!("look_up_key.sql"); [Text];
}

thread_local! {
    /// The extension's schema, as this backend's last look-up found it.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Finds the key with this prefix.
///
/// To need only one statement in a warm backend, the statement is built for the extension's schema of the last look-up. If it fails (the
/// extension may have been dropped and created elsewhere), the name is read again and the look-up is repeated. A cancel is not retried.
pub(super) fn look_up(prefix: &str) -> Lookup {
    if let Some(known) = PLACE.take() {
        match subtransaction(|| Ok::<_, std::convert::Infallible>(run(&known, prefix))) {
            Ok(found) => {
                PLACE.set(Some(known));
                return found;
            }
            Err(Failure::Raised(raised)) if raised.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED => raised.raise(),
            Err(_) => {}
        }
    }
    let now = query::read("SELECT current_schema()::text", &[], query::first::<String>).unwrap_or_default();
    let found = run(&now, prefix);
    PLACE.set(Some(now));
    found
}

fn run(extension: &str, prefix: &str) -> Lookup {
    let schemas = Schemas { mes: "", extension };
    query::run(&LOOK_UP, schemas, Access::Read, &Choice::none(), sql_args![prefix], |rows| {
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
                    fingerprint: rows.get::<Vec<u8>>(12)?.map(|digest| digest.try_into().unwrap_or_default()),
                    active: rows.get(10)?.unwrap_or_default(),
                })
            }
        };
        Ok(Lookup { extension_schema: rows.get(1)?.unwrap_or_default(), mes_schema: rows.get(2)?, row })
    })
}

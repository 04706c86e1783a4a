//! Looking up a key.

use std::cell::RefCell;

use pgrx::{JsonB, PgSqlErrorCode};

use crate::core::caller::Key;
use crate::core::scope::ToolScope;
use crate::pg::args::from_uuid;
use crate::pg::query::{self, Access};
use crate::pg::statement::{Choice, Part, Schemas};
use crate::pg::subtransaction::{Failure, subtransaction};
use crate::{sql_args, statement};

/// The current row of a key.
pub(super) struct Row {
    pub key: Key,
    pub hash: String,
    /// The key is enabled and not expired, its tenant is active or in trial, and the tenant's server is enabled.
    pub active: bool,
}

/// A key's row and the names of the schemas, read by one statement.
pub(super) struct Lookup {
    pub extension_schema: String,
    pub mes_schema: Option<String>,
    pub row: Option<Row>,
}

/// The tenant's state is in the MES schema. Without an attached schema the tenant cannot be checked; the caller then refuses the call and
/// says what is missing.
const TENANT: &[Part] = &[
    Part::one_of("mes", "attached", "tenant_join", "LEFT JOIN {{mes}}.tenants t ON t.id = k.tenant_id"),
    Part::one_of("mes", "attached", "tenant_active", "coalesce(t.status::text IN ('active', 'trial'), false)"),
    Part::one_of("mes", "detached", "tenant_join", ""),
    Part::one_of("mes", "detached", "tenant_active", "true"),
];

statement! {
    static LOOK_UP = include_str!("look_up_key.sql"); [Text] => parts(&[TENANT]);
}

thread_local! {
    /// The schemas that this backend's last look-up used.
    static PLACE: RefCell<Option<Installed>> = const { RefCell::new(None) };
}

/// Finds the key with this prefix.
///
/// The name of the MES schema is stored in a table. To need only one statement in a warm backend, the statement is built for the schema
/// of the last look-up, and also returns the current name. If the two differ, or if the statement fails (a detached schema may be
/// inaccessible or dropped), the name is read again and the look-up is repeated. A cancel is not retried.
pub(super) fn look_up(prefix: &str) -> Lookup {
    if let Some(known) = PLACE.take() {
        match subtransaction(|| Ok::<_, std::convert::Infallible>(run(&known, prefix))) {
            Ok(found) if found.mes_schema == known.mes_schema => {
                PLACE.set(Some(known));
                return found;
            }
            Err(Failure::Raised(raised)) if raised.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED => raised.raise(),
            Ok(_) | Err(_) => {}
        }
    }
    loop {
        let now = Installed::now();
        let found = run(&now, prefix);
        if found.mes_schema == now.mes_schema {
            PLACE.set(Some(now));
            return found;
        }
    }
}

/// The schemas of the extension and of the MES tables.
struct Installed {
    extension_schema: String,
    mes_schema: Option<String>,
}

impl Installed {
    /// The current schemas. A MES schema that was dropped is left out, because a statement that names it would fail in every call.
    fn now() -> Self {
        query::read(
            "SELECT current_schema()::text, n.nspname::text
               FROM mcp_settings s LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.mes_schema",
            &[],
            |rows| {
                let rows = rows.first();
                Ok(Self { extension_schema: rows.get(1)?.unwrap_or_default(), mes_schema: rows.get(2)? })
            },
        )
    }
}

fn run(installed: &Installed, prefix: &str) -> Lookup {
    let mut choice = Choice::none();
    choice.part(if installed.mes_schema.is_some() { "attached" } else { "detached" });
    let mes = installed.mes_schema.as_deref().unwrap_or_default();
    let schemas = Schemas { mes, extension: &installed.extension_schema };
    query::run(&LOOK_UP, schemas, Access::Read, &choice, sql_args![prefix], |rows| {
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
                        prefix: prefix.to_owned(),
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

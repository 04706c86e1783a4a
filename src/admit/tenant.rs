//! Whether a key's tenant may use its keys, and what the application's own switches say.

use pgrx::PgSqlErrorCode;
use uuid::Uuid;

use crate::core::caller::{Key, Refused};
use crate::error::Refusal;
use crate::names::TENANT_ROLE;
use crate::pg::query::{self, Access};
use crate::pg::report::log_failure;
use crate::pg::sandbox::Sandbox;
use crate::pg::shape::{Piece, Shape};
use crate::pg::statement::{Choice, Fill, Schemas};
use crate::pg::subtransaction::Raised;
use crate::pg::tenant::Identity;
use crate::{sql_args, statement};

/// What the MES schema says of a tenant.
#[derive(Default)]
pub(super) struct Tenant {
    /// It is active or in trial, and its application has not switched the server off.
    pub is_active: bool,
    /// Whether it wants a notification for each call, if its application says so.
    pub events: Option<bool>,
}

statement! {
    static TENANT = "SELECT t.status::pg_catalog.text IN ('active', 'trial') AND {{is_enabled}}, {{events}} \
                       FROM {{mes}}.tenants t{{config}} WHERE t.id = $1"; [Uuid]
        => fills(&[
            ("config", Fill::ByShape(|shape| with_config(shape, " LEFT JOIN {{mes}}.mcp_server_config c ON c.tenant_id = t.id", ""))),
            ("is_enabled", Fill::ByShape(|shape| with_config(shape, "coalesce(c.enabled, true)", "true"))),
            ("events", Fill::ByShape(|shape| if shape.has(Piece::ServerConfig) && shape.has(Piece::ServerFeatures) { "(c.features -> 'events') = 'true'" } else { "NULL::pg_catalog.bool" })),
        ]);
}

/// An application that has a `mcp_server_config` of its own lets people switch the server off there.
const fn with_config(shape: Shape, with: &'static str, without: &'static str) -> &'static str {
    if shape.has(Piece::ServerConfig) { with } else { without }
}

/// The state of the key's tenant. Its row is in the MES schema, so it is read in the sandbox; a tenant without a row, or one that the sandbox
/// does not see, is not active.
///
/// # Errors
/// [`Refusal::Internal`] if it cannot be read, or if the application's switch (`application_switch`) is not there any more: then nobody knows
/// whom it had switched off. A cancel propagates.
pub(super) fn state(key: &Key, mes_schema: &str, application_switch: bool) -> Result<Tenant, Refused> {
    let sandbox =
        Sandbox { role: TENANT_ROLE, identity: Identity::Tenant(key.tenant), host_schema: mes_schema, read_only: true };
    let schemas = Schemas { mes: mes_schema, extension: "", shape: Shape::now(mes_schema) };
    let unreadable = |raised: &Raised| {
        let correlation_id = Uuid::new_v4();
        log_failure(correlation_id, "reading the tenant's state", raised);
        Err(key.refused(Refusal::Internal { correlation_id }))
    };
    if application_switch && !schemas.shape.has(Piece::ServerConfig) {
        return unreadable(&Raised {
            code: PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
            message: "the application's mcp_server_config cannot be read any more; see mcp_doctor()".to_owned(),
            origin: None,
        });
    }
    let args = sql_args![key.tenant];
    let read = || {
        Ok(query::run(&TENANT, schemas, Access::Read, &Choice::none(), args, |rows| {
            if rows.is_empty() {
                return Ok(Tenant::default());
            }
            let (is_active, events) = rows.first().get_two::<bool, bool>()?;
            Ok(Tenant { is_active: is_active.unwrap_or(false), events })
        }))
    };
    match sandbox.run(read).map_err(Raised::from) {
        Ok(tenant) => Ok(tenant),
        Err(raised) if raised.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED => raised.raise(),
        Err(raised) => unreadable(&raised),
    }
}

//! Whether a key's tenant may use its keys.

use pgrx::PgSqlErrorCode;
use uuid::Uuid;

use crate::core::caller::{Key, Refused};
use crate::error::Refusal;
use crate::names::TENANT_ROLE;
use crate::pg::query::{self, Access};
use crate::pg::report::log_failure;
use crate::pg::sandbox::Sandbox;
use crate::pg::shape::Shape;
use crate::pg::statement::{Choice, Schemas};
use crate::pg::subtransaction::Raised;
use crate::pg::tenant::Identity;
use crate::{sql_args, statement};

statement! {
    static IS_ACTIVE = "SELECT status::pg_catalog.text IN ('active', 'trial') FROM {{mes}}.tenants WHERE id = $1"; [Uuid];
}

/// Whether the key's tenant is active or in trial. Its row is in the MES schema, so it is read in the sandbox; a tenant without a row, or
/// one that the sandbox does not see, is not active.
///
/// # Errors
/// [`Refusal::Internal`] if it cannot be read. A cancel propagates.
pub(super) fn is_active(key: &Key, mes_schema: &str) -> Result<bool, Refused> {
    let sandbox =
        Sandbox { role: TENANT_ROLE, identity: Identity::Tenant(key.tenant), host_schema: mes_schema, read_only: true };
    let schemas = Schemas { mes: mes_schema, extension: "", shape: Shape::COMPLETE };
    let args = sql_args![key.tenant];
    let read = || Ok(query::run(&IS_ACTIVE, schemas, Access::Read, &Choice::none(), args, query::first::<bool>));
    match sandbox.run(read).map_err(Raised::from) {
        Ok(active) => Ok(active.unwrap_or(false)),
        Err(raised) if raised.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED => raised.raise(),
        Err(raised) => {
            let correlation_id = Uuid::new_v4();
            log_failure(correlation_id, "reading the tenant's state", &raised);
            Err(key.refused(Refusal::Internal { correlation_id }))
        }
    }
}

//! The identity of the caller, for policies and DBAs.

use pgrx::prelude::*;

use super::assert_operator;
use crate::pg::query::{from_uuid, uuid};
use crate::pg::report::{ErrorReport, report};
use crate::pg::{session, tenant};

#[pg_extern(stable, parallel_restricted)]
pub(crate) fn current_mcp_tenant() -> Option<pgrx::Uuid> {
    tenant::current().map(uuid)
}

#[pg_extern(stable, parallel_restricted)]
pub(crate) fn mcp_caller_is_operator() -> bool {
    session::caller_is_operator()
}

#[pg_extern]
pub(crate) fn mcp_as_tenant(p_tenant_id: Option<pgrx::Uuid>) -> Result<pgrx::Uuid, ErrorReport> {
    assert_operator()?;
    let tenant = p_tenant_id
        .ok_or_else(|| report(PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED, "p_tenant_id must not be NULL"))?;
    tenant::choose(from_uuid(tenant));
    Ok(tenant)
}

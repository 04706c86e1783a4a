//! The identity of the caller, for policies and DBAs.

use pgrx::prelude::*;

use super::{assert_operator, mes_schema};
use crate::names::TENANT_ROLE;
use crate::pg::query::{self, Access, Rows, SqlResult, from_uuid, uuid};
use crate::pg::report::{ErrorReport, report};
use crate::pg::sandbox::Sandbox;
use crate::pg::shape::Shape;
use crate::pg::statement::{Choice, Schemas, Statement};
use crate::pg::subtransaction::Raised;
use crate::pg::tenant::Identity;
use crate::pg::{session, tenant};
use crate::{sql_args, statement};

#[pg_extern(stable, parallel_restricted)]
pub(crate) fn current_mcp_tenant() -> Option<pgrx::Uuid> {
    tenant::current().map(uuid)
}

#[pg_extern(stable, parallel_restricted)]
pub(crate) fn current_mcp_person() -> Option<pgrx::Uuid> {
    tenant::person().map(uuid)
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

/// For functions written in SQL: the tenant's row is the host's, so it is read in the sandbox.
#[pg_extern(stable, parallel_unsafe)]
pub(crate) fn mcp_tenant_exists(p_tenant_id: Option<pgrx::Uuid>) -> Result<bool, ErrorReport> {
    assert_operator()?;
    let mes = mes_schema()?;
    Ok(p_tenant_id.is_some_and(|tenant| tenant_exists(&mes, tenant)))
}

statement! {
    static PROFILE = "SELECT CASE WHEN is_root_admin THEN coalesce(active_tenant_id, tenant_id) ELSE tenant_id END,
                             role::pg_catalog.text = 'admin' OR coalesce(is_root_admin, false)
                        FROM {{mes}}.profiles WHERE id = $1 AND coalesce(active, true)"; [Uuid];
    static TENANT = "SELECT id, name, company_name, plan::pg_catalog.text, status::pg_catalog.text
                       FROM {{mes}}.tenants WHERE id = $1"; [Uuid];
}

// Both begin a subtransaction, which PostgreSQL 15 refuses while a query has parallel workers: they, and the functions that call them, are
// PARALLEL UNSAFE.

#[pg_extern(stable, parallel_unsafe)]
pub(crate) fn mcp_read_profile(
    p_mes_schema: Option<&str>,
    p_person: Option<pgrx::Uuid>,
) -> TableIterator<'static, (name!(tenant_id, Option<pgrx::Uuid>), name!(is_admin, Option<bool>))> {
    let found = p_mes_schema.zip(p_person).and_then(|(mes, person)| {
        let identity = Identity::Person(from_uuid(person));
        look_up(identity, mes, &PROFILE, person, |rows| rows.get_two::<pgrx::Uuid, bool>())
    });
    TableIterator::new(found)
}

#[pg_extern(stable, parallel_unsafe)]
pub(crate) fn mcp_read_tenant(
    p_mes_schema: Option<&str>,
    p_tenant: Option<pgrx::Uuid>,
) -> TableIterator<
    'static,
    (
        name!(id, Option<pgrx::Uuid>),
        name!(name, Option<String>),
        name!(company_name, Option<String>),
        name!(plan, Option<String>),
        name!(status, Option<String>),
    ),
> {
    let found = p_mes_schema.zip(p_tenant).and_then(|(mes, tenant)| {
        look_up(Identity::Tenant(from_uuid(tenant)), mes, &TENANT, tenant, |row| {
            Ok((row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
    });
    TableIterator::new(found)
}

/// Whether the attached schema has this tenant.
pub(super) fn tenant_exists(mes_schema: &str, tenant: pgrx::Uuid) -> bool {
    look_up(Identity::Tenant(from_uuid(tenant)), mes_schema, &TENANT, tenant, |_| Ok(())).is_some()
}

/// The row with this id of a MES table, which the sandbox reads: the caller may be anybody, a superuser, too, and the table's owner may have
/// a policy that calls a function.
fn look_up<T>(
    identity: Identity,
    mes_schema: &str,
    statement: &'static Statement,
    id: pgrx::Uuid,
    take: impl FnOnce(Rows<'_>) -> SqlResult<T>,
) -> Option<T> {
    let sandbox = Sandbox { role: TENANT_ROLE, identity, host_schema: mes_schema, read_only: true };
    let schemas = Schemas { mes: mes_schema, extension: "", shape: Shape::COMPLETE };
    let found = sandbox.look_up(|| {
        Ok(query::run(statement, schemas, Access::Read, &Choice::none(), sql_args![id], |rows| {
            if rows.is_empty() { Ok(None) } else { take(rows.first()).map(Some) }
        }))
    });
    found.unwrap_or_else(|failure| Raised::from(failure).raise())
}

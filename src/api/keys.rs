//! Keys: generating and checking them, and recording their use.

use std::time::Duration;

use pgrx::JsonB;
use pgrx::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{attached_schema, identity, mes_schema};
use crate::admit;
use crate::core::caller::Principal;
use crate::core::key::{ApiKey, Environment};
use crate::core::scope::{ToolScope, check_allowed_tools};
use crate::pg::query::{self, from_uuid, uuid};
use crate::pg::report::{ErrorReport, refused, report};
use crate::pg::session::{caller_is_operator, extension_schema};
use crate::record::{self, Client, refusal};
use crate::tools;
use crate::{sql_args, statement};

#[pg_extern(security_definer)]
pub(crate) fn generate_mcp_key(
    p_tenant_id: Option<pgrx::Uuid>,
    p_name: Option<&str>,
    p_description: default!(Option<&str>, "NULL"),
    p_environment: default!(Option<&str>, "'live'"),
    p_allowed_tools: default!(Option<JsonB>, "'[\"*\"]'"),
    p_created_by: default!(Option<pgrx::Uuid>, "NULL"),
) -> Result<
    TableIterator<'static, (name!(key_id, pgrx::Uuid), name!(api_key, String), name!(key_prefix, String))>,
    ErrorReport,
> {
    let tenant = p_tenant_id.ok_or_else(|| invalid("p_tenant_id must not be NULL"))?;
    assert_may_act_for(Some(tenant));
    let created_by = created_by(p_created_by)?;
    let name =
        p_name.map(str::trim).filter(|name| !name.is_empty()).ok_or_else(|| invalid("p_name must not be empty"))?;
    if name.chars().count() > 200 {
        return Err(invalid("p_name must not be longer than 200 characters"));
    }
    let environment = p_environment
        .and_then(Environment::from_name)
        .ok_or_else(|| invalid("p_environment must be 'live' or 'test'"))?;
    let allowed_tools = p_allowed_tools.map_or(Value::Null, |allowed| allowed.0);
    check_allowed_tools(&allowed_tools, |tool| tools::find(tool).is_some()).map_err(|error| {
        let extension = query::quote_identifier(&extension_schema());
        invalid(error).set_hint(format!("To list the tools, run SELECT name FROM {extension}.mcp_tool_catalog();"))
    })?;
    assert_tenant_exists(tenant)?;

    let (key, hash) = new_secret(environment)?;
    let prefix = key.prefix().to_owned();
    let fingerprint = key.fingerprint();
    let args = sql_args![
        tenant,
        name,
        p_description,
        p_environment,
        JsonB(allowed_tools),
        created_by,
        prefix.as_str(),
        hash,
        fingerprint.as_slice()
    ];
    statement! {
        static INSERT_KEY = include_str!("insert_key.sql"); [Uuid, Text, Text, Text, Jsonb, Uuid, Text, Text, Bytea];
    }
    let id: Option<pgrx::Uuid> = query::write(&INSERT_KEY, args, query::first);
    let id = id.ok_or_else(|| {
        report(PgSqlErrorCode::ERRCODE_UNIQUE_VIOLATION, format!("the tenant already has a key named {name}"))
            .set_hint("Choose another name, or replace the existing key's secret with rotate_mcp_key.")
    })?;
    Ok(TableIterator::once((id, key.reveal(), prefix)))
}

#[pg_extern(security_definer)]
pub(crate) fn rotate_mcp_key(
    p_key_id: Option<pgrx::Uuid>,
) -> Result<
    TableIterator<'static, (name!(key_id, pgrx::Uuid), name!(api_key, String), name!(key_prefix, String))>,
    ErrorReport,
> {
    statement! {
        static LOCK_KEY = "SELECT tenant_id, environment FROM {{extension}}.mcp_keys WHERE id = $1 FOR UPDATE";
            [Uuid];
        static SET_SECRET = "UPDATE {{extension}}.mcp_keys SET key_hash = $2, key_prefix = $3, short_prefix = NULL, key_sha256 = $4 WHERE id = $1";
            [Uuid, Text, Text, Bytea];
    }
    let found: Option<(pgrx::Uuid, String)> = query::write(&LOCK_KEY, sql_args![p_key_id], |rows| {
        if rows.is_empty() {
            return Ok(None);
        }
        let (tenant, environment) = rows.first().get_two::<pgrx::Uuid, String>()?;
        Ok(tenant.zip(environment))
    });
    // Another tenant's key is treated like one that does not exist.
    assert_may_act_for(found.as_ref().map(|found| found.0));
    let (_, environment) =
        found.ok_or_else(|| report(PgSqlErrorCode::ERRCODE_NO_DATA_FOUND, "the key does not exist"))?;
    let environment = Environment::from_name(&environment).unwrap_or(Environment::Live);
    let (key, hash) = new_secret(environment)?;
    let prefix = key.prefix().to_owned();
    let fingerprint = key.fingerprint();
    query::write(&SET_SECRET, sql_args![p_key_id, hash, prefix.as_str(), fingerprint.as_slice()], |_| Ok(()));
    let id = p_key_id.ok_or_else(|| invalid("p_key_id must not be NULL"))?;
    Ok(TableIterator::once((id, key.reveal(), prefix)))
}

#[pg_extern(security_definer)]
pub(crate) fn validate_mcp_key(
    p_api_key: Option<&str>,
) -> Result<
    TableIterator<
        'static,
        (
            name!(tenant_id, pgrx::Uuid),
            name!(key_id, pgrx::Uuid),
            name!(allowed_tools, JsonB),
            name!(rate_limit, i32),
            name!(environment, &'static str),
        ),
    >,
    ErrorReport,
> {
    let Principal { key, .. } = admit::authenticate(p_api_key).map_err(|invalid| {
        refusal::keep(&invalid, None, &Client::default());
        refused(&invalid.refusal)
    })?;
    refusal::write();
    record::counter::validated(key.tenant, key.id);
    let allowed_tools = match key.scope {
        ToolScope::All => json!(["*"]),
        ToolScope::Named(names) => json!(names),
    };
    let environment = if p_api_key.is_some_and(|key| key.starts_with("mcp_test_")) { "test" } else { "live" };
    Ok(TableIterator::once((uuid(key.tenant), uuid(key.id), JsonB(allowed_tools), key.rate_limit, environment)))
}

#[pg_extern(stable, security_definer)]
pub(crate) fn check_mcp_tool_permission(p_key_id: Option<pgrx::Uuid>, p_tool_name: Option<&str>) -> bool {
    let Some(tool) = p_tool_name else { return false };
    statement! {
        static ALLOWED = "SELECT allowed_tools FROM {{extension}}.mcp_keys
             WHERE id = $1 AND enabled AND coalesce(expires_at > clock_timestamp(), true)
               AND ({{extension}}.mcp_caller_is_operator() OR tenant_id = ({{extension}}.get_tenant_info()).id)"; [Uuid];
    }
    let allowed: Option<JsonB> = query::read(&ALLOWED, sql_args![p_key_id], query::first);
    allowed.is_some_and(|allowed| tools::find(tool).is_some() && ToolScope::from_json(&allowed.0).allows(tool))
}

#[pg_extern(security_definer)]
#[expect(clippy::too_many_arguments, reason = "the documented signature")]
pub(crate) fn log_mcp_key_usage(
    p_tenant_id: Option<pgrx::Uuid>,
    p_key_id: Option<pgrx::Uuid>,
    p_tool_name: Option<&str>,
    p_tool_arguments: default!(Option<JsonB>, "NULL"),
    p_success: default!(Option<bool>, "true"),
    p_error_message: default!(Option<&str>, "NULL"),
    p_response_time_ms: default!(Option<i32>, "NULL"),
    p_ip_address: default!(Option<pgrx::Inet>, "NULL"),
    p_user_agent: default!(Option<&str>, "NULL"),
) -> Result<pgrx::Uuid, ErrorReport> {
    let tenant = p_tenant_id.ok_or_else(|| invalid("p_tenant_id must not be NULL"))?;
    let tool = p_tool_name.filter(|tool| !tool.is_empty()).ok_or_else(|| invalid("p_tool_name must not be empty"))?;
    assert_may_act_for(Some(tenant));
    statement! {
        static KEY_NAME = "SELECT name FROM {{extension}}.mcp_keys WHERE id = $1 AND tenant_id = $2"; [Uuid, Uuid];
    }
    let key_name: Option<String> = query::read(&KEY_NAME, sql_args![p_key_id, tenant], query::first);
    let (Some(key), Some(key_name)) = (p_key_id, key_name) else {
        return Err(report(PgSqlErrorCode::ERRCODE_NO_DATA_FOUND, "the tenant does not have this key"));
    };
    let id = Uuid::new_v4();
    let arguments = p_tool_arguments.map_or(Value::Null, |arguments| arguments.0);
    let succeeded = p_success.unwrap_or(false);
    let call = record::Entry {
        id,
        tenant: from_uuid(tenant),
        key: from_uuid(key),
        key_name: &key_name,
        tool,
        arguments: &arguments,
        error: if succeeded { None } else { Some(p_error_message.unwrap_or("failed")) },
        took: p_response_time_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default())),
        ip_address: p_ip_address.map(|address| address.0),
        client: &Client { user_agent: p_user_agent.map(crate::core::redact::client_text) },
    };
    record::call(&call, attached_schema().as_deref());
    Ok(uuid(id))
}

/// For the trigger on keys: checks a value of `allowed_tools`, and raises 22023 if it is not valid.
#[pg_extern(stable)]
pub(crate) fn mcp_check_allowed_tools(p_allowed_tools: Option<JsonB>) -> Result<bool, ErrorReport> {
    let allowed = p_allowed_tools.map_or(Value::Null, |allowed| allowed.0);
    check_allowed_tools(&allowed, |tool| tools::find(tool).is_some()).map_err(invalid)?;
    Ok(true)
}

fn invalid(message: impl Into<String>) -> ErrorReport {
    report(PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, message)
}

fn assert_may_act_for(tenant: Option<pgrx::Uuid>) {
    statement! {
        static MAY_ACT_FOR = "SELECT {{extension}}.mcp_assert_may_act_for($1)"; [Uuid];
    }
    query::read(&MAY_ACT_FOR, sql_args![tenant], |_| Ok(()));
}

/// Under whom a key is filed. An operator may name anybody. An admin files it under himself: what is done with the key is filed under this
/// person, and nobody else may be made to answer for it.
fn created_by(given: Option<pgrx::Uuid>) -> Result<Option<pgrx::Uuid>, ErrorReport> {
    if caller_is_operator() {
        return Ok(given);
    }
    // The caller is an admin, so these claims name a profile.
    statement! {
        static OWN = "SELECT (pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.jsonb ->> 'sub')::pg_catalog.uuid"; [];
    }
    let own: Option<pgrx::Uuid> = query::read(&OWN, &[], query::first);
    if given.is_some() && given != own {
        return Err(report(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE, "p_created_by must be your own profile")
            .set_hint("Leave it out: the key is filed under you."));
    }
    Ok(own)
}

fn assert_tenant_exists(tenant: pgrx::Uuid) -> Result<(), ErrorReport> {
    if identity::tenant_exists(&mes_schema()?, tenant) {
        return Ok(());
    }
    Err(report(PgSqlErrorCode::ERRCODE_NO_DATA_FOUND, format!("tenant {tenant} does not exist")))
}

fn new_secret(environment: Environment) -> Result<(ApiKey, String), ErrorReport> {
    let failed = |error: &dyn std::fmt::Display| {
        report(PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, format!("could not generate a key: {error}"))
    };
    let key = ApiKey::generate(environment).map_err(|error| failed(&error))?;
    let hash = key.hash().map_err(|error| failed(&error))?;
    Ok((key, hash))
}

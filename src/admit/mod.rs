//! Admission: from a key to a principal, or a refusal. An invalid key learns only that it is invalid; a valid one, why it is refused.

mod key;
mod rate;
mod verified;

use crate::core::caller::{Caller, Principal, Refused};
use crate::core::key::ApiKey;
use crate::error::Refusal;
use key::Lookup;

/// Verifies a key: its form, its row, its secret, and that it and its tenant are active.
///
/// # Errors
/// [`Refusal::Authentication`], whatever was wrong; [`Refusal::NotAttached`] for a valid key of a database without MES schema.
pub fn authenticate(api_key: Option<&str>) -> Result<Principal, Refused> {
    let refuse = |by| Err(Refused { refusal: Refusal::Authentication, by });
    let Some(api_key) = api_key.and_then(ApiKey::parse) else {
        return refuse(Caller::Unknown { prefix: None, tenant: None });
    };
    let Lookup { extension_schema, mes_schema, row } = key::look_up(api_key.prefix());
    let tenant = row.as_ref().map(|row| row.key.tenant);
    let Some(row) = verified::verified(&api_key, row) else {
        return refuse(Caller::Unknown { prefix: Some(api_key.prefix().to_owned()), tenant });
    };
    if !row.active {
        return refuse(row.key.caller());
    }
    match mes_schema {
        Some(mes_schema) => Ok(Principal { key: row.key, extension_schema, mes_schema }),
        None => Err(row.key.refused(Refusal::NotAttached)),
    }
}

/// Admits one call of a tool, and takes it off the key's rate limit.
///
/// # Errors
/// [`Refusal::Permission`] when the key may not call the tool, which costs nothing; [`Refusal::RateLimit`].
pub fn permit(principal: &Principal, tool: &str) -> Result<(), Refused> {
    let key = &principal.key;
    if !key.scope.allows(tool) {
        return Err(key.refused(Refusal::Permission));
    }
    rate::take(key.id, key.rate_limit).map_err(|retry_after_ms| key.refused(Refusal::RateLimit { retry_after_ms }))
}

//! Admission: turns a key into a principal, or refuses the call. The holder of an invalid key learns only that it is invalid; the holder
//! of a valid key learns why the call is refused.

mod key;
mod rate;
mod verified;

use crate::core::caller::{Caller, Principal, Refused};
use crate::core::key::ApiKey;
use crate::error::Refusal;
use key::Lookup;

/// Verifies a key: its form, its row, its secret, and that the key and its tenant are active.
///
/// # Errors
/// [`Refusal::Authentication`] for any problem with the key; [`Refusal::NotAttached`] for a valid key if no MES schema is attached.
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

/// Admits one call of a tool and counts it against the key's rate limit.
///
/// # Errors
/// [`Refusal::Permission`] if the key may not call the tool, which does not count; [`Refusal::RateLimit`] if the limit is used up.
pub fn permit(principal: &Principal, tool: &str) -> Result<(), Refused> {
    let key = &principal.key;
    if !key.scope.allows(tool) {
        return Err(key.refused(Refusal::Permission));
    }
    rate::take(key.id, key.rate_limit, &principal.extension_schema)
        .map_err(|retry_after_ms| key.refused(Refusal::RateLimit { retry_after_ms }))
}

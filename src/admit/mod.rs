//! Admission: turns a key into a principal, or refuses the call. The holder of an invalid key learns only that it is invalid; the holder
//! of a valid key learns why the call is refused.

mod fingerprint;
mod key;
mod rate;
mod tenant;
mod verified;

use crate::core::caller::{Caller, Principal, Refused};
use crate::core::key::ApiKey;
use crate::error::Refusal;
use crate::pg::session::is_read_only;
use key::Lookup;

/// Verifies a key: its form, its row, its secret, and that the key and its tenant are active.
///
/// # Errors
/// [`Refusal::Authentication`] for any problem with the key; [`Refusal::NotAttached`] for a valid key if no MES schema is attached;
/// [`Refusal::Internal`] if the tenant's state cannot be read.
pub fn authenticate(api_key: Option<&str>) -> Result<Principal, Refused> {
    let refuse = |by| Err(Refused { refusal: Refusal::Authentication, by });
    let Some(api_key) = api_key.and_then(ApiKey::parse) else {
        return refuse(Caller::Unknown { prefix: None, of: None });
    };
    let Lookup { mes_schema, unavailable, application_switch, row } = key::look_up(api_key.prefix());
    let of = row.as_ref().map(|row| (row.key.tenant, row.key.id));
    let unknown = || refuse(Caller::Unknown { prefix: Some(api_key.prefix().to_owned()), of });
    let claimed = match api_key.short_prefix() {
        Some(short) if row.is_none() => {
            verified::claimed_of(&api_key, key::look_up_taken_over(short, api_key.prefix()))
        }
        _ => verified::claimed(&api_key, row),
    };
    let Some(mut row) = claimed else {
        return unknown();
    };
    // Before bcrypt, so that a key that is not active is refused as fast as a wrong one.
    if !row.active {
        return refuse(row.key.caller());
    }
    if let Some(mes_schema) = &mes_schema {
        let tenant = tenant::state(&row.key, mes_schema, application_switch)?;
        if !tenant.is_active {
            return refuse(row.key.caller());
        }
        row.key.events = tenant.events.unwrap_or(row.key.events);
    }
    if !verified::proved(&api_key, &row) {
        return unknown();
    }
    if row.fingerprint.is_none() && !is_read_only() {
        fingerprint::store(&api_key, &row);
    }
    match mes_schema {
        Some(mes_schema) => Ok(Principal { key: row.key, mes_schema, unavailable }),
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
    rate::take(key.id, key.rate_limit).map_err(|retry_after_ms| key.refused(Refusal::RateLimit { retry_after_ms }))
}

#[cfg(any(test, feature = "pg_test"))]
mod taken_over_tests;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

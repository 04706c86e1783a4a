//! Admission: from a key and a tool's name to a principal, or a refusal.

pub mod key;
mod rate;
mod verified;

use uuid::Uuid;

use crate::core::key::ApiKey;
use crate::core::redact;
use crate::error::Refusal;
use crate::run::tool::Tool;
use crate::tools;
use key::{Key, Lookup};

/// Who calls, once the key was verified.
#[derive(Debug)]
pub struct Principal {
    /// The key's row.
    pub key: Key,
    /// The schema of the extension.
    pub extension_schema: String,
    /// The attached MES schema.
    pub mes_schema: String,
}

/// A refusal, and what is known of the caller for the record.
#[derive(Debug)]
pub struct Refused {
    /// What the caller is told.
    pub refusal: Refusal,
    /// Whose key it was, when its secret was right.
    pub by: Caller,
}

/// How much of a refused caller is known.
#[derive(Debug)]
pub enum Caller {
    /// The key was verified.
    Known {
        /// Its tenant.
        tenant: Uuid,
        /// Its id.
        key: Uuid,
    },
    /// Not a key, or nobody's.
    Unknown {
        /// The prefix, when the text had a key's form.
        prefix: Option<String>,
        /// The tenant whose key has this prefix.
        tenant: Option<Uuid>,
    },
}

/// Admits one call of one tool, and takes it off the key's rate limit.
///
/// # Errors
/// The refusal. The order is: key, tool known, tool allowed, rate; so nothing but a good key learns more than that it is none.
pub fn admit(api_key: Option<&str>, tool: Option<&str>) -> Result<(Principal, &'static Tool), Refused> {
    let principal = authenticate(api_key)?;
    let refuse = |refusal| Refused { refusal, by: principal.key.caller() };

    let name = tool.unwrap_or_default();
    let tool = tools::find(name).ok_or_else(|| refuse(Refusal::UnknownTool(redact::client_text(name))))?;
    if !principal.key.scope.allows(tool.name) {
        return Err(refuse(Refusal::Permission));
    }
    rate::take(principal.key.id, principal.key.rate_limit)
        .map_err(|retry_after_ms| refuse(Refusal::RateLimit { retry_after_ms }))?;
    Ok((principal, tool))
}

/// Verifies a key: its form, its row, its secret, and that it and its tenant are active.
///
/// # Errors
/// [`Refusal::Authentication`], whatever was wrong; [`Refusal::NotAttached`] for a good key of a database without MES schema.
pub fn authenticate(api_key: Option<&str>) -> Result<Principal, Refused> {
    let refuse = |by| Err(Refused { refusal: Refusal::Authentication, by });
    let Some(api_key) = api_key.and_then(ApiKey::parse) else {
        return refuse(Caller::Unknown { prefix: None, tenant: None });
    };
    let Lookup { extension_schema, mes_schema, row } = key::look_up(api_key.prefix());
    if !verified::verify(&api_key, row.as_ref()) {
        let tenant = row.map(|row| row.key.tenant);
        return refuse(Caller::Unknown { prefix: Some(api_key.prefix().to_owned()), tenant });
    }
    let Some(row) = row else { unreachable!("a key without a row is not verified") };
    if !row.active {
        return refuse(row.key.caller());
    }
    match mes_schema {
        Some(mes_schema) => Ok(Principal { key: row.key, extension_schema, mes_schema }),
        None => Err(Refused { refusal: Refusal::NotAttached, by: row.key.caller() }),
    }
}

//! The caller: the types that admission produces and the record consumes.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::scope::ToolScope;
use crate::error::Refusal;

/// The properties of a key that a call needs.
#[derive(Debug)]
pub struct Key {
    /// Its id.
    pub id: Uuid,
    /// Its tenant.
    pub tenant: Uuid,
    /// The profile id of the person to whom the key belongs (`created_by`).
    pub owner: Option<Uuid>,
    /// Its first characters, which may be shown.
    pub prefix: String,
    /// Its name.
    pub name: String,
    /// The tools it may call.
    pub scope: ToolScope,
    /// The maximum number of calls in any 60 seconds.
    pub rate_limit: i32,
    /// Whether the tenant wants a notification for each call.
    pub events: bool,
}

impl Key {
    /// The caller who holds this key.
    #[must_use]
    pub const fn caller(&self) -> Caller {
        Caller::Known { tenant: self.tenant, key: self.id }
    }

    /// Refuses a call by the holder of this key.
    #[must_use]
    pub const fn refused(&self, refusal: Refusal) -> Refused {
        Refused { refusal, by: self.caller() }
    }
}

/// A caller with a verified key, and the schema of its data.
#[derive(Debug)]
pub struct Principal {
    /// The key's row.
    pub key: Key,
    /// The attached MES schema.
    pub mes_schema: String,
    /// The tools that cannot work with it, by name, each with the reason.
    pub unavailable: BTreeMap<String, String>,
}

/// A refusal, and what is known about the caller, for the record.
#[derive(Debug)]
pub struct Refused {
    /// What the caller learns.
    pub refusal: Refusal,
    /// The caller.
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
    /// The text was not a key, or the key could not be verified.
    Unknown {
        /// The prefix, if the text has the form of a key.
        prefix: Option<String>,
        /// The tenant and the id of the key with this prefix, if there is one.
        of: Option<(Uuid, Uuid)>,
    },
}

//! Who calls: what admission finds out, and what the record writes down.

use uuid::Uuid;

use super::scope::ToolScope;
use crate::error::Refusal;

/// What a call needs of a key.
#[derive(Debug)]
pub struct Key {
    /// Its id.
    pub id: Uuid,
    /// Its tenant.
    pub tenant: Uuid,
    /// The profile id of the person it was made for (`created_by`).
    pub owner: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// The tools it may call.
    pub scope: ToolScope,
    /// Calls in any 60 seconds.
    pub rate_limit: i32,
    /// Whether its tenant wants a notification for each call.
    pub events: bool,
}

impl Key {
    /// The caller who holds this key.
    #[must_use]
    pub const fn caller(&self) -> Caller {
        Caller::Known { tenant: self.tenant, key: self.id }
    }

    /// A refusal of the caller who holds this key.
    #[must_use]
    pub const fn refused(&self, refusal: Refusal) -> Refused {
        Refused { refusal, by: self.caller() }
    }
}

/// A caller whose key was verified, and where its data are.
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
    /// Not a key, or an unknown one.
    Unknown {
        /// The prefix, when the text had a key's form.
        prefix: Option<String>,
        /// The tenant whose key has this prefix.
        tenant: Option<Uuid>,
    },
}

//! Storing the fingerprint of a key that was made without one: by an older version or another program. A taken-over key gets its whole
//! prefix with it, so that its next call costs what others' do.

use pgrx::PgSqlErrorCode;

use super::key::Row;
use crate::core::key::ApiKey;
use crate::pg::query::{self, uuid};
use crate::pg::subtransaction::caught;
use crate::{sql_args, statement};

statement! {
    static STORE = include_str!("store_fingerprint.sql"); [Uuid, Text, Bytea, Text];
}

/// Stores the fingerprint of a key that bcrypt has just admitted, if the row can be written at once. Otherwise (it is locked, the
/// transaction is read-only, this is a standby) a later call does it: not having it costs time only. So a failure does not matter, except for
/// a cancel, which is the caller's.
pub(super) fn store(key: &ApiKey, row: &Row) {
    let fingerprint = key.fingerprint();
    let args = sql_args![uuid(row.key.id), row.hash.as_str(), fingerprint.as_slice(), key.prefix()];
    if let Err(raised) = caught(|| query::write(&STORE, args, |_| Ok(())))
        && raised.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED
    {
        raised.raise();
    }
}

//! Storing the fingerprint of a key that was made without one: by an older version or another program.

use std::convert::Infallible;

use pgrx::PgSqlErrorCode;

use super::key::Row;
use crate::core::key::ApiKey;
use crate::pg::query::{self, uuid};
use crate::pg::subtransaction::{Failure, subtransaction};
use crate::{sql_args, statement};

statement! {
    static STORE = include_str!("store_fingerprint.sql"); [Uuid, Text, Bytea];
    static IS_READ_ONLY = "SELECT pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool"; [];
}

/// Stores the fingerprint of a key that bcrypt has just admitted, if the row can be written at once. Otherwise a later call does it: not
/// having it costs time only. So a failure does not matter, except for a cancel, which is the caller's.
pub(super) fn store(key: &ApiKey, row: &Row) {
    let fingerprint = key.fingerprint();
    let write = || {
        let args = sql_args![uuid(row.key.id), row.hash.as_str(), fingerprint.as_slice()];
        query::write(&STORE, args, |_| Ok(()));
        Ok::<_, Infallible>(())
    };
    if !is_read_only()
        && let Err(Failure::Raised(raised)) = subtransaction(write)
        && raised.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED
    {
        raised.raise();
    }
}

/// Also true on a standby.
fn is_read_only() -> bool {
    query::read(&IS_READ_ONLY, &[], query::first).unwrap_or(true)
}

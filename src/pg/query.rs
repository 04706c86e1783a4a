//! Statements that are prepared once a backend, and their parameters.
//!
//! A kept plan follows changes of the catalog by itself (PostgreSQL re-analyses it from its text), so it survives
//! `DROP EXTENSION` and `CREATE EXTENSION` in one session as long as its parameters have built-in types. Ours have.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use pgrx::datum::DatumWithOid;
use pgrx::spi::{OwnedPreparedStatement, SpiClient, SpiError, SpiTupleTable};
use pgrx::{PgOid, Spi};

use crate::names::STATEMENTS_PER_BACKEND;

/// A parameter of a statement.
pub type Arg<'a> = DatumWithOid<'a>;

/// The rows of an answer, read by column number from 1.
pub type Rows<'a> = SpiTupleTable<'a>;

/// The parameters of a statement, in order.
#[macro_export]
macro_rules! sql_args {
    ($($value:expr),* $(,)?) => { &[$($crate::pg::query::Arg::from($value)),*] };
}

/// Whether a statement may write.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Access {
    Read,
    Write,
}

type Prepared = RefCell<HashMap<(String, Access), Rc<OwnedPreparedStatement>>>;

thread_local! {
    /// Not dropped with the backend: freeing plans then would run after PostgreSQL's own clean-up.
    static PREPARED: ManuallyDrop<Prepared> = ManuallyDrop::new(RefCell::new(HashMap::new()));
}

/// Runs a statement that only reads. It takes no transaction id, so it also runs on a standby.
pub fn read<T>(sql: &str, args: &[Arg<'_>], take: impl FnOnce(Rows<'_>) -> Result<T, SpiError>) -> T {
    Spi::connect(|client| {
        let statement = prepared(client, sql, Access::Read, args);
        finish(client.select(&*statement, None, args).and_then(take))
    })
}

/// Runs a statement that writes or locks.
pub fn write<T>(sql: &str, args: &[Arg<'_>], take: impl FnOnce(Rows<'_>) -> Result<T, SpiError>) -> T {
    Spi::connect_mut(|client| {
        let statement = prepared(client, sql, Access::Write, args);
        finish(client.update(&*statement, None, args).and_then(take))
    })
}

/// Runs the statements of a script, one after the other; none may give rows or take parameters. Not prepared: for set-up only.
pub fn script(sql: &str) {
    Spi::connect_mut(|client| finish(client.update(sql, None, &[]).map(|_| ())));
}

/// What remains as `SpiError` is a mistake in our own statement (a column that is not there, another type): raised as such.
fn finish<T>(outcome: Result<T, SpiError>) -> T {
    outcome.unwrap_or_else(|error| panic!("statement and code do not fit: {error}"))
}

fn prepared(client: &SpiClient<'_>, sql: &str, access: Access, args: &[Arg<'_>]) -> Rc<OwnedPreparedStatement> {
    let key = (sql.to_owned(), access);
    if let Some(statement) = PREPARED.with(|kept| kept.borrow().get(&key).cloned()) {
        return statement;
    }
    let types: Vec<PgOid> = args.iter().map(|arg| PgOid::from(arg.oid())).collect();
    let statement = match access {
        Access::Read => client.prepare(sql, &types),
        Access::Write => client.prepare_mut(sql, &types),
    };
    let statement = Rc::new(finish(statement).keep());
    PREPARED.with(|kept| {
        let mut kept = kept.borrow_mut();
        // The texts come from a bounded set (a tool's filters in or out); this bound is for the case that they do not.
        if kept.len() >= STATEMENTS_PER_BACKEND {
            kept.clear();
        }
        kept.insert(key, Rc::clone(&statement));
    });
    statement
}

/// An identifier as it must stand in SQL.
#[must_use]
pub fn quote_identifier(name: &str) -> String {
    pgrx::spi::quote_identifier(name)
}

/// A uuid as a parameter.
#[must_use]
pub fn uuid(value: uuid::Uuid) -> pgrx::Uuid {
    pgrx::Uuid::from_bytes(*value.as_bytes())
}

/// A uuid out of a column.
#[must_use]
pub fn from_uuid(value: pgrx::Uuid) -> uuid::Uuid {
    uuid::Uuid::from_bytes(*value.as_bytes())
}

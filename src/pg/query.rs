//! Running statements. Each is prepared once per backend.
//!
//! PostgreSQL re-analyses a saved plan from its text when the catalog changes, so a plan survives `DROP EXTENSION` and
//! `CREATE EXTENSION` in one session as long as its parameters have built-in types, which ours do.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use pgrx::spi::{OwnedPreparedStatement, SpiClient, SpiError, SpiTupleTable};
use pgrx::{FromDatum, IntoDatum, PgOid, PgSqlErrorCode, Spi, pg_sys};

pub use super::args::{Arg, from_uuid, uuid};
use super::host_functions;
use super::session::extension_schema;
use super::shape::Shape;
use super::statement::{Choice, Chosen, Schemas, Statement};
use crate::names::STATEMENTS_PER_BACKEND;

/// The rows of a result. Columns are numbered from 1.
pub type Rows<'a> = SpiTupleTable<'a>;

/// The result of reading a column.
pub type SqlResult<T> = Result<T, SpiError>;

/// Types that can be read from a column.
pub trait Column: FromDatum + IntoDatum {}

impl<T: FromDatum + IntoDatum> Column for T {}

/// The first column of the first row; `None` for NULL and for no row.
///
/// # Errors
/// If the column has another type.
pub fn first<T: Column>(rows: Rows<'_>) -> SqlResult<Option<T>> {
    if rows.is_empty() { Ok(None) } else { rows.first().get_one() }
}

/// Whether a statement may write, and which data it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Only reads, using the snapshot of the outer statement. It takes no transaction id, so it also runs on a standby.
    Read,
    /// Writes or locks, or reads what this transaction has written.
    Write,
}

type Prepared = Rc<OwnedPreparedStatement>;

/// A built statement, and the schemas for which it was built.
struct Built {
    mes: String,
    extension: String,
    shape: Shape,
    prepared: Prepared,
}

/// Declared statements, by the address of their static.
type Kept = HashMap<(usize, Chosen, Access), Built>;

#[cfg(any(test, feature = "pg_test"))]
thread_local! {
    /// For tests: which statements this backend has run.
    pub(crate) static RAN: RefCell<std::collections::BTreeSet<&'static str>> = RefCell::default();
}

thread_local! {
    /// Never dropped: when the thread ends, PostgreSQL has already cleaned up, and freeing the plans would come too late.
    static KEPT: ManuallyDrop<RefCell<Kept>> = ManuallyDrop::new(RefCell::default());
}

/// Runs a read-only statement on the extension's own tables; see [`Access::Read`].
pub fn read<T>(
    statement: &'static Statement,
    args: &[Arg<'_>],
    take: impl FnOnce(Rows<'_>) -> Result<T, SpiError>,
) -> T {
    own(statement, Access::Read, &Choice::none(), args, take)
}

/// Runs a statement on the extension's own tables that writes or locks; see [`Access::Write`].
pub fn write<T>(
    statement: &'static Statement,
    args: &[Arg<'_>],
    take: impl FnOnce(Rows<'_>) -> Result<T, SpiError>,
) -> T {
    own(statement, Access::Write, &Choice::none(), args, take)
}

/// Runs a statement on the extension's own tables with the chosen parts.
pub fn own<T>(
    statement: &'static Statement,
    access: Access,
    choice: &Choice<'_>,
    args: &[Arg<'_>],
    take: impl FnOnce(Rows<'_>) -> Result<T, SpiError>,
) -> T {
    let schemas = Schemas { mes: "", extension: &extension_schema(), shape: Shape::COMPLETE };
    run(statement, schemas, access, choice, args, take)
}

/// Runs a statement with the chosen parts. `args` are its declared parameters; the values of its parts are in the choice.
pub fn run<T>(
    statement: &'static Statement,
    schemas: Schemas<'_>,
    access: Access,
    choice: &Choice<'_>,
    args: &[Arg<'_>],
    take: impl FnOnce(Rows<'_>) -> Result<T, SpiError>,
) -> T {
    #[cfg(any(test, feature = "pg_test"))]
    RAN.with_borrow_mut(|ran| ran.insert(statement.at()));
    let chosen = choice.of(statement);
    let args = choice.args(statement, args);
    host_functions::restore_path();
    let finish_with = |rows: Result<Rows<'_>, SpiError>| {
        rows.and_then(take).unwrap_or_else(|error| panic!("{statement} and the code do not fit: {error}"))
    };
    match access {
        Access::Read => Spi::connect(|client| {
            let prepared = built(client, statement, schemas, access, chosen);
            finish_with(client.select(&*prepared, None, &args))
        }),
        Access::Write => Spi::connect_mut(|client| {
            let prepared = built(client, statement, schemas, access, chosen);
            finish_with(client.update(&*prepared, None, &args))
        }),
    }
}

/// Runs the statements of a script in order. None may return rows or take parameters. They are not prepared, so this is for set-up only.
pub fn script(sql: &str) {
    Spi::connect_mut(|client| finish(client.update(sql, None, &[]).map(|_| ())));
}

/// A remaining `SpiError` means that our own statement and the code disagree (a missing column, another type), so it is raised.
fn finish<T>(outcome: Result<T, SpiError>) -> T {
    outcome.unwrap_or_else(|error| panic!("statement and code do not fit: {error}"))
}

fn prepare(client: &SpiClient<'_>, sql: &str, access: Access, types: &[pg_sys::Oid]) -> Prepared {
    let types: Vec<PgOid> = types.iter().map(|oid| PgOid::from(*oid)).collect();
    let prepared = match access {
        Access::Read => client.prepare(sql, &types),
        Access::Write => client.prepare_mut(sql, &types),
    };
    Rc::new(finish(prepared).keep())
}

fn built(
    client: &SpiClient<'_>,
    statement: &'static Statement,
    schemas: Schemas<'_>,
    access: Access,
    chosen: Chosen,
) -> Prepared {
    let key = (std::ptr::from_ref(statement).addr(), chosen, access);
    let found = KEPT.with(|kept| {
        let kept = kept.borrow();
        let built = kept
            .get(&key)
            .filter(|it| it.mes == schemas.mes && it.extension == schemas.extension && it.shape == schemas.shape);
        built.map(|built| Rc::clone(&built.prepared))
    });
    found.unwrap_or_else(|| {
        let sql = statement.build(schemas, chosen).unwrap_or_else(|error| panic!("{statement}: {error}"));
        let types: Vec<_> = statement.types().map(super::args::Type::oid).collect();
        let prepared = prepare(client, &sql, access, &types);
        let (mes, extension) = (schemas.mes.to_owned(), schemas.extension.to_owned());
        KEPT.with(|kept| {
            let kept = &mut kept.borrow_mut();
            // A statement can have many combinations of parts, but a backend usually sees few. This limits the memory of one that sees many.
            if kept.len() >= STATEMENTS_PER_BACKEND {
                kept.clear();
            }
            kept.insert(key, Built { mes, extension, shape: schemas.shape, prepared: Rc::clone(&prepared) });
        });
        prepared
    })
}

/// Runs a text that a test has made. It sees everything that was written before.
#[cfg(any(test, feature = "pg_test"))]
pub(crate) fn ask<T>(sql: &str, take: impl FnOnce(Rows<'_>) -> SqlResult<T>) -> T {
    ask_with(sql, &[], take)
}

/// Like [`ask`], with parameters.
#[cfg(any(test, feature = "pg_test"))]
pub(crate) fn ask_with<T>(sql: &str, args: &[Arg<'_>], take: impl FnOnce(Rows<'_>) -> SqlResult<T>) -> T {
    Spi::connect_mut(|client| finish(client.update(sql, None, args).and_then(take)))
}

/// Has PostgreSQL parse and analyse a text with parameters of these types. Returns its error message if it refuses the text. Keeps no lock on
/// the tables; that one of them was locked, or that the statement is cancelled, says nothing about the text and is raised.
pub(super) fn parse(sql: &str, types: &[super::args::Type]) -> Result<(), String> {
    use super::subtransaction::{Failure, undone};
    let types: Vec<_> = types.iter().map(|of| PgOid::from(of.oid())).collect();
    let outcome = undone(|| Spi::connect(|client| client.prepare(sql, &types).map(drop)));
    outcome.map_err(|failure| match failure {
        Failure::Returned(error) => error.to_string(),
        Failure::Raised(raised) if raised.is_lost_race() || raised.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED => {
            raised.raise()
        }
        Failure::Raised(raised) => raised.message,
    })
}

/// An identifier, quoted for SQL where necessary.
#[must_use]
pub fn quote_identifier(name: &str) -> String {
    pgrx::spi::quote_identifier(name)
}

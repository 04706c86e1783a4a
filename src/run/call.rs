//! What a running tool knows of the call, and how it asks the database.

use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::core::json::Json;
use crate::pg::args::{Arg, IntoArg, from_uuid};
use crate::pg::query::{self, Access, Rows, SqlResult};
use crate::pg::statement::{Choice, Schemas, Statement};

/// A running call. Its methods run a tool's statements: `$1` is always the tenant, `args` are `$2` and those behind it.
///
/// A reader's statements see what was there when the call began, a writer's also what the call itself wrote.
#[derive(Debug)]
pub struct Call<'a> {
    /// The key's tenant. It is already set for row level security; statements name it, too.
    pub tenant: Uuid,
    /// The profile id of the key's owner (`created_by`), when it has one. It may be unknown, or that of a person who is no longer active.
    pub person: Option<Uuid>,
    /// Where the tables are.
    pub schemas: Schemas<'a>,
    /// Whether the tool only reads.
    pub access: Access,
}

impl Call<'_> {
    /// Runs a statement with the chosen parts and takes what it needs of the rows.
    pub fn query<T>(
        &self,
        statement: &'static Statement,
        choice: &Choice<'_>,
        args: &[Arg<'_>],
        take: impl FnOnce(Rows<'_>) -> SqlResult<T>,
    ) -> T {
        let tenant = self.tenant.into_arg();
        let args: Vec<_> = std::iter::once(&tenant).chain(args).map(crate::pg::args::again).collect();
        query::run(statement, self.schemas, self.access, choice, &args, take)
    }

    /// Runs a statement that gives nothing.
    pub fn execute(&self, statement: &'static Statement, args: &[Arg<'_>]) {
        self.query(statement, &Choice::none(), args, |_| Ok(()));
    }

    /// How many rows a statement gives.
    pub fn count(&self, statement: &'static Statement, args: &[Arg<'_>]) -> usize {
        self.query(statement, &Choice::none(), args, |rows| Ok(rows.len()))
    }

    /// The one column of the one row that a statement gives; none for NULL and for no row.
    pub fn value<T: query::Column>(&self, statement: &'static Statement, args: &[Arg<'_>]) -> Option<T> {
        self.query(statement, &Choice::none(), args, first)
    }

    /// The uuids in the first column of a statement's rows.
    pub fn ids(&self, statement: &'static Statement, choice: &Choice<'_>, args: &[Arg<'_>]) -> Vec<Uuid> {
        self.query(statement, choice, args, |rows| {
            let ids = rows.map(|row| row.get::<pgrx::Uuid>(1)).collect::<Result<Vec<_>, _>>()?;
            Ok(ids.into_iter().flatten().map(from_uuid).collect())
        })
    }

    /// The JSON text that a statement gives in one column of one row.
    ///
    /// # Panics
    /// When it gives none, or not a `T`: a mistake in the statement or in the type, and `internal` for the caller.
    pub fn json<T: DeserializeOwned>(&self, statement: &'static Statement, args: &[Arg<'_>]) -> Json<T> {
        self.json_of(statement, &Choice::none(), args)
    }

    /// As [`json`](Self::json), with chosen parts.
    pub fn json_of<T: DeserializeOwned>(
        &self,
        statement: &'static Statement,
        choice: &Choice<'_>,
        args: &[Arg<'_>],
    ) -> Json<T> {
        self.optional_json(statement, choice, args).expect("the statement gives a JSON text")
    }

    /// As [`json_of`](Self::json_of), where NULL and no row mean that there is none.
    pub fn optional_json<T: DeserializeOwned>(
        &self,
        statement: &'static Statement,
        choice: &Choice<'_>,
        args: &[Arg<'_>],
    ) -> Option<Json<T>> {
        self.query(statement, choice, args, first::<String>).map(json)
    }

    /// The rows of a statement that gives them as one JSON array, or NULL for none.
    pub fn rows<T: DeserializeOwned>(&self, statement: &'static Statement, args: &[Arg<'_>]) -> Vec<T> {
        self.optional_json(statement, &Choice::none(), args).map_or_else(Vec::new, Json::into_value)
    }
}

/// The first column of the first row.
fn first<T: query::Column>(rows: Rows<'_>) -> SqlResult<Option<T>> {
    if rows.is_empty() { Ok(None) } else { rows.first().get_one() }
}

/// A JSON text that a statement gave.
///
/// # Panics
/// When it is not a `T`.
pub(super) fn json<T: DeserializeOwned>(text: String) -> Json<T> {
    Json::from_text(text).unwrap_or_else(|error| panic!("the statement does not give its type: {error}"))
}

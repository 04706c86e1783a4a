//! What a running tool knows about its call, and how it runs its statements.

use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::core::json::Json;
use crate::pg::args::{Arg, IntoArg, from_uuid};
use crate::pg::query::{self, Access, Rows, SqlResult};
use crate::pg::statement::{Choice, Schemas, Statement};

/// A running call. Its methods run a tool's statements: `$1` is always the tenant, and `args` start at `$2`.
///
/// The statements of a read tool see the data as of the start of the call; those of a writing tool also see what the call has written.
#[derive(Debug)]
pub struct Call<'a> {
    /// The key's tenant. Row-level security already restricts the call to it; statements name it as well.
    pub tenant: Uuid,
    /// The profile id of the key's owner (`created_by`), if there is one. The profile may not exist, or the person may be inactive.
    pub person: Option<Uuid>,
    /// The schemas of the tables.
    pub schemas: Schemas<'a>,
    /// Whether the tool only reads. This decides which snapshot its statements use.
    pub access: Access,
}

impl Call<'_> {
    /// Runs a statement with the chosen parts; `take` reads the rows.
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

    /// The first row of a statement that always returns one; `take` reads it.
    pub fn row<T>(
        &self,
        statement: &'static Statement,
        args: &[Arg<'_>],
        take: impl FnOnce(Rows<'_>) -> SqlResult<T>,
    ) -> T {
        self.query(statement, &Choice::none(), args, |rows| take(rows.first()))
    }

    /// Runs a statement whose result is not needed.
    pub fn execute(&self, statement: &'static Statement, args: &[Arg<'_>]) {
        self.query(statement, &Choice::none(), args, |_| Ok(()));
    }

    /// The number of rows that a statement returns.
    pub fn count(&self, statement: &'static Statement, args: &[Arg<'_>]) -> usize {
        self.query(statement, &Choice::none(), args, |rows| Ok(rows.len()))
    }

    /// The single value that a statement returns; `None` for NULL and for no row.
    pub fn value<T: query::Column>(&self, statement: &'static Statement, args: &[Arg<'_>]) -> Option<T> {
        self.query(statement, &Choice::none(), args, query::first)
    }

    /// The uuids in the first column of a statement's rows.
    pub fn ids(&self, statement: &'static Statement, choice: &Choice<'_>, args: &[Arg<'_>]) -> Vec<Uuid> {
        self.query(statement, choice, args, |rows| {
            let ids = rows.map(|row| row.get::<pgrx::Uuid>(1)).collect::<Result<Vec<_>, _>>()?;
            Ok(ids.into_iter().flatten().map(from_uuid).collect())
        })
    }

    /// The JSON text that a statement returns as its single value.
    ///
    /// # Panics
    /// If there is none, or if it is not a `T`. The statement or the type is then wrong, and the caller gets `internal`.
    pub fn json<T: DeserializeOwned>(&self, statement: &'static Statement, args: &[Arg<'_>]) -> Json<T> {
        self.json_of(statement, &Choice::none(), args)
    }

    /// Like [`json`](Self::json), with chosen parts.
    pub fn json_of<T: DeserializeOwned>(
        &self,
        statement: &'static Statement,
        choice: &Choice<'_>,
        args: &[Arg<'_>],
    ) -> Json<T> {
        self.optional_json(statement, choice, args).unwrap_or_else(|| panic!("{statement} returned no JSON"))
    }

    /// Like [`json_of`](Self::json_of), but NULL and no row give `None`.
    pub fn optional_json<T: DeserializeOwned>(
        &self,
        statement: &'static Statement,
        choice: &Choice<'_>,
        args: &[Arg<'_>],
    ) -> Option<Json<T>> {
        self.query(statement, choice, args, query::first::<String>).map(|text| json(statement, text))
    }

    /// The rows of a statement that returns them as one JSON array, or NULL if there are none.
    pub fn rows<T: DeserializeOwned>(&self, statement: &'static Statement, args: &[Arg<'_>]) -> Vec<T> {
        self.optional_json(statement, &Choice::none(), args).map_or_else(Vec::new, Json::into_value)
    }
}

/// A JSON text that a statement returned.
///
/// # Panics
/// If it is not a `T`.
pub(super) fn json<T: DeserializeOwned>(statement: &Statement, text: String) -> Json<T> {
    Json::from_text(text)
        .unwrap_or_else(|error| panic!("{statement} returned JSON that does not match its type: {error}"))
}

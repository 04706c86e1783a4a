//! Subtransactions: the only safe way to catch an `ERROR`.
//!
//! Catching it without one leaves incomplete index entries, open relations and snapshots behind (pgrx issue 790).

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;

use pgrx::pg_sys::elog::PgLogLevel;
use pgrx::pg_sys::panic::{CaughtError, ErrorReport};
use pgrx::{PgSqlErrorCode, PgTryBuilder, pg_sys};

use super::origin::{self, Origin};

/// An `ERROR` that PostgreSQL, or our own code, raised inside a subtransaction.
#[derive(Debug)]
pub struct Raised {
    /// Its SQLSTATE.
    pub code: PgSqlErrorCode,
    /// Its primary message. It may contain a tenant's values: for the server log, never for a client.
    pub message: String,
    /// What is known of an error in the sandbox.
    pub origin: Option<Box<Origin>>,
}

/// Why a subtransaction was rolled back.
#[derive(Debug)]
pub enum Failure<E> {
    /// The body returned this error.
    Returned(E),
    /// The body raised this `ERROR`, or panicked.
    Raised(Raised),
}

/// Of a body that returns no error of its own.
impl From<Failure<Infallible>> for Raised {
    fn from(failure: Failure<Infallible>) -> Self {
        match failure {
            Failure::Returned(never) => match never {},
            Failure::Raised(raised) => raised,
        }
    }
}

impl From<CaughtError> for Raised {
    fn from(caught: CaughtError) -> Self {
        let report = match caught {
            CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => report,
            CaughtError::RustPanic { ereport, .. } => ereport,
        };
        // DETAIL is left out on purpose: with RUST_BACKTRACE set, it contains a backtrace.
        let (code, message) = (report.sql_error_code(), report.message().to_owned());
        Self { code, origin: origin::of(&message), message }
    }
}

/// Runs `body` in a subtransaction, which is committed if it returns `Ok`, and rolled back if it returns `Err`, raises or panics.
///
/// # Errors
/// What `body` returned or raised. `FATAL` and above end the backend as always.
pub fn subtransaction<T, E>(body: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
    // SAFETY: the same sequence as in plpgsql's exception block: save context and owner, begin, run in the caller's memory context,
    // then release or roll back, and restore both. The globals belong to the backend, which has one thread.
    unsafe {
        let context = pg_sys::CurrentMemoryContext;
        let owner = pg_sys::CurrentResourceOwner;
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(context);

        let outcome = PgTryBuilder::new(AssertUnwindSafe(|| body().map_err(Failure::Returned)))
            .catch_others(|caught| Err(Failure::Raised(Raised::from(caught))))
            .execute();

        pg_sys::MemoryContextSwitchTo(context);
        match outcome {
            Ok(_) => pg_sys::ReleaseCurrentSubTransaction(),
            Err(_) => pg_sys::RollbackAndReleaseCurrentSubTransaction(),
        }
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
        outcome
    }
}

/// Like [`subtransaction`], for a body that returns no error of its own.
///
/// # Errors
/// What `body` raised.
pub fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Raised> {
    Ok(subtransaction(|| Ok(body()))?)
}

/// Runs `body` in a subtransaction that is rolled back in any case, and returns its result.
///
/// # Errors
/// What `body` returned or raised.
pub fn undone<T, E>(body: impl FnOnce() -> Result<T, E>) -> Result<T, Failure<E>> {
    match subtransaction(|| Err::<Infallible, _>(body())) {
        Ok(never) => match never {},
        Err(Failure::Returned(outcome)) => outcome.map_err(Failure::Returned),
        Err(Failure::Raised(raised)) => Err(Failure::Raised(raised)),
    }
}

/// Like [`undone`], but an `ERROR` propagates to the next outer subtransaction.
///
/// # Errors
/// What `body` returned.
pub fn rehearsal<T, E>(body: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    undone(body).map_err(|failure| match failure {
        Failure::Returned(error) => error,
        Failure::Raised(raised) => raised.raise(),
    })
}

impl Raised {
    /// Whether another transaction was in the way.
    #[must_use]
    pub fn is_lost_race(&self) -> bool {
        matches!(
            self.code,
            PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE
                | PgSqlErrorCode::ERRCODE_T_R_SERIALIZATION_FAILURE
                | PgSqlErrorCode::ERRCODE_T_R_DEADLOCK_DETECTED
        )
    }

    /// Raises its SQLSTATE with another message.
    pub fn raise_as(self, message: String) -> ! {
        Self { message, ..self }.raise()
    }

    /// Raises it again, outside the subtransaction that it ended.
    pub fn raise(self) -> ! {
        ErrorReport::new(self.code, self.message, "eryxon_mcp").report(PgLogLevel::ERROR);
        unreachable!("an ERROR does not return")
    }
}

//! A pool of connections that run one statement at a time.
//!
//! Small on purpose: `PgBouncer` in transaction mode may be in front, so a connection carries no
//! state; statements are unnamed and typed by the client, one round trip each. After a cancel the
//! connection is discarded, so that a cancel which the server handles late can never hit the next
//! statement.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::sync::CancellationToken;

use super::connect::{Connected, connect};
use super::error::DbError;
use super::tls;
use crate::config::{ConfigError, Database, SslMode};

/// First and longest pause between connection attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// For this long after a failure, a request makes a single attempt and does not wait.
const FAIL_FAST: Duration = Duration::from_secs(10);
/// The server ignores a cancel that arrives before its statement, so it is repeated at this interval.
const CANCEL_AGAIN: Duration = Duration::from_millis(250);
/// A statement that is still running after this many cancels is left to the server.
const CANCEL_TRIES: u32 = 20;

/// The parameters of a statement, with their types.
pub type Params<'a> = [(&'a (dyn ToSql + Sync), Type)];

/// The pool.
pub struct Pool {
    database: Database,
    tls: Option<MakeRustlsConnect>,
    slots: Semaphore,
    size: usize,
    idle: Mutex<Vec<Connected>>,
    failed_at: Mutex<Option<Instant>>,
}

impl Pool {
    /// A pool of at most `size` connections for requests. It opens none yet.
    pub fn new(database: Database, size: usize) -> Result<Self, ConfigError> {
        let tls = match database.ssl_mode {
            SslMode::Disable => None,
            mode => Some(tls::connector(mode, database.ssl_root_cert.as_deref())?),
        };
        Ok(Self {
            database,
            tls,
            slots: Semaphore::new(size),
            size,
            idle: Mutex::new(Vec::with_capacity(size)),
            failed_at: Mutex::new(None),
        })
    }

    /// Runs one statement. If all connections are busy, requests wait in order of arrival. When
    /// `stop` fires, a running statement is cancelled in the database, and whatever it still
    /// returns is the answer: the extension may have recorded the cancel and report it.
    pub async fn query(&self, sql: &str, params: &Params<'_>, stop: &CancellationToken) -> Result<Vec<Row>, DbError> {
        let (connected, _slot) = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(DbError::Cancelled),
            got = self.acquire() => got?,
        };
        let outcome = {
            let mut statement = std::pin::pin!(connected.client.query_typed(sql, params));
            tokio::select! {
                outcome = &mut statement => outcome,
                () = stop.cancelled() => {
                    return self.cancel(&connected, statement).await?.map_err(|e| match e.code() {
                        Some(&SqlState::QUERY_CANCELED) => DbError::Cancelled,
                        _ => DbError::running(&e),
                    });
                }
            }
        };
        self.conclude(connected, outcome)
    }

    /// The duration of one empty statement, run outside the requests' queue like `query_aside`.
    pub async fn round_trip(&self) -> Result<Duration, DbError> {
        let connected = match self.take_idle() {
            Some(connected) => connected,
            None => self.connect().await?,
        };
        let started = Instant::now();
        let outcome = connected.client.query_typed("SELECT 1", &[]).await;
        let elapsed = started.elapsed();
        self.conclude(connected, outcome).map(|_| elapsed)
    }

    /// Returns the connection to the pool, unless it was lost, and classifies the outcome.
    fn conclude(
        &self,
        connected: Connected,
        outcome: Result<Vec<Row>, tokio_postgres::Error>,
    ) -> Result<Vec<Row>, DbError> {
        let outcome = outcome.map_err(|e| {
            log_sql_error(&e);
            DbError::running(&e)
        });
        if !matches!(outcome, Err(DbError::Lost)) {
            self.put_back(connected);
        }
        outcome
    }

    /// Runs one statement outside the requests' queue: on an idle connection, or else on a new one.
    pub async fn query_aside(&self, sql: &str, params: &Params<'_>) -> Result<Vec<Row>, DbError> {
        let connected = match self.take_idle() {
            Some(connected) => connected,
            None => self.connect().await?,
        };
        let outcome = connected.client.query_typed(sql, params).await;
        self.conclude(connected, outcome)
    }

    /// A description of the database, without secrets.
    pub fn describe(&self) -> String {
        self.database.describe()
    }

    async fn acquire(&self) -> Result<(Connected, SemaphorePermit<'_>), DbError> {
        // Tokio's semaphore is first come, first served.
        let slot = self.slots.acquire().await.map_err(|_| DbError::Cancelled)?;
        let connected = match self.take_idle() {
            Some(connected) => connected,
            None => self.connect_patiently().await?,
        };
        Ok((connected, slot))
    }

    fn take_idle(&self) -> Option<Connected> {
        let mut idle = lock(&self.idle);
        while let Some(connected) = idle.pop() {
            if !connected.client.is_closed() {
                return Some(connected);
            }
        }
        None
    }

    fn put_back(&self, connected: Connected) {
        let mut idle = lock(&self.idle);
        if !connected.client.is_closed() && idle.len() < self.size {
            idle.push(connected);
        }
    }

    /// Waits through a restart of the server, but does not keep a request waiting for one that is down.
    async fn connect_patiently(&self) -> Result<Connected, DbError> {
        let failed_lately = lock(&self.failed_at).is_some_and(|at| at.elapsed() < FAIL_FAST);
        let patience = if failed_lately { Duration::ZERO } else { self.database.connect_wait };
        let give_up = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.connect().await {
                Ok(connected) => {
                    *lock(&self.failed_at) = None;
                    return Ok(connected);
                }
                Err(error) if error.is_transient() && Instant::now() + pause < give_up => {
                    tracing::debug!(%error, ?pause, "connection attempt failed, trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot connect");
                    *lock(&self.failed_at) = Some(Instant::now());
                    return Err(error);
                }
            }
        }
    }

    /// One connection attempt.
    pub async fn connect(&self) -> Result<Connected, DbError> {
        tokio::time::timeout(self.database.connect_timeout, connect(&self.database, self.tls.as_ref()))
            .await
            .map_err(|_| DbError::connect_timeout())?
    }

    /// Repeats the cancel until the statement has ended.
    async fn cancel<T>(&self, connected: &Connected, mut statement: T) -> Result<T::Output, DbError>
    where
        T: Future + Unpin,
    {
        for _ in 0..CANCEL_TRIES {
            if let Err(error) = connected.cancel(self.tls.as_ref()).await {
                tracing::warn!(%error, "could not send the cancel request");
            }
            if let Ok(outcome) = tokio::time::timeout(CANCEL_AGAIN, &mut statement).await {
                return Ok(outcome);
            }
        }
        Err(DbError::Cancelled)
    }
}

/// Logs the server's message, unless it may contain a value of the call.
fn log_sql_error(error: &tokio_postgres::Error) {
    match error.as_db_error() {
        // An invalid key is reported by the caller.
        Some(db) if db.code() == &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {}
        Some(db) if !db.code().code().starts_with("22") => {
            tracing::error!(sqlstate = db.code().code(), message = db.message(), "the database raised an error");
        }
        Some(db) => tracing::error!(sqlstate = db.code().code(), "the database raised an error"),
        None => tracing::error!(%error, "a call failed"),
    }
}

/// The content of a mutex.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // No code panics while it holds one of these locks.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

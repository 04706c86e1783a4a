//! What can go wrong between the shim and the database, with messages that are safe to show.

use std::borrow::Cow;

use tokio_postgres::error::SqlState;

/// How the extension's error begins when a call was rolled back because its record failed. Its SQLSTATE is the one of what failed.
const NOT_RECORDED: &str = "the call could not be recorded";

/// What PostgreSQL and the extension say to a login that is no gateway.
const LOGIN_LACKS: [&str; 3] = [
    "permission denied for function",
    "permission denied for schema",
    "this login may call the gateway's functions only",
];

/// An infrastructure failure. Errors that a tool's caller can cause are never among these: the
/// extension returns those as values.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// No connection could be made; nothing was sent.
    #[error("cannot reach the database: {reason}. {hint}")]
    Unreachable {
        /// Why, without credentials.
        reason: String,
        /// What to do next.
        hint: &'static str,
        /// Whether the same attempt may succeed a moment later.
        transient: bool,
    },
    /// The connection ended while a call was running on it.
    #[error("the connection to the database was lost during the call")]
    Lost,
    /// The request was cancelled, or the shim stopped, before the answer arrived.
    #[error("cancelled")]
    Cancelled,
    /// The database has no extension `eryxon_mcp`; nothing was called.
    #[error("the extension is not installed in this database: run CREATE EXTENSION eryxon_mcp there")]
    NotInstalled,
    /// The server raised an SQL error.
    #[error("the database refused the call (SQLSTATE {sqlstate}). {hint}")]
    Sql {
        /// The five-character code.
        sqlstate: String,
        /// What to do next, or what the server says.
        hint: Cow<'static, str>,
    },
    /// The function's answer does not follow its contract.
    #[error("the database returned an unexpected answer: {0}")]
    Malformed(&'static str),
}

impl DbError {
    /// Classifies a failed connection attempt.
    pub fn connecting(error: &tokio_postgres::Error) -> Self {
        let Some(db) = error.as_db_error() else {
            return Self::unreachable(error);
        };
        let code = db.code();
        let (hint, transient) = match code.code() {
            "28P01" | "28000" => (
                "Check the user name and password (DATABASE_URL or PGUSER and PGPASSWORD) and the server's pg_hba.conf.",
                false,
            ),
            "3D000" => ("Check the database name (DATABASE_URL or PGDATABASE).", false),
            "57P03" | "57P01" | "57P02" => ("The server is starting or stopping; try again in a moment.", true),
            "53300" => ("The server has no free connection slots; lower --pool-size or raise max_connections.", true),
            class if class.starts_with("08") => {
                ("Check that the server, and any pooler in front of it, is running.", true)
            }
            _ => ("See the server log for details.", false),
        };
        Self::Unreachable { reason: format!("{} (SQLSTATE {})", db.message(), code.code()), hint, transient }
    }

    fn unreachable(error: &tokio_postgres::Error) -> Self {
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(error);
        let mut io = None;
        while let Some(inner) = source {
            io = inner.downcast_ref::<std::io::Error>().map(std::io::Error::kind).or(io);
            reason = inner.to_string();
            source = inner.source();
        }
        let kind = error.to_string();
        let (hint, transient) = if kind.contains("TLS") {
            (
                "Check sslmode and PGSSLROOTCERT, and that the certificate matches the host name that you connect to.",
                false,
            )
        } else if kind.contains("configuration") || kind.contains("authentication") {
            ("Check DATABASE_URL or PGHOST, PGUSER and PGPASSWORD.", false)
        } else if io == Some(std::io::ErrorKind::PermissionDenied) {
            ("Check the permissions of the server's socket.", false)
        } else {
            ("Check that the server is running and that PGHOST and PGPORT (or DATABASE_URL) are right.", true)
        };
        Self::Unreachable { reason, hint, transient }
    }

    /// The host name could not be resolved.
    pub fn resolving(error: &std::io::Error) -> Self {
        Self::Unreachable {
            reason: error.to_string(),
            hint: "Check the host name (DATABASE_URL or PGHOST).",
            transient: true,
        }
    }

    /// The attempt took longer than `PGCONNECT_TIMEOUT`.
    pub fn connect_timeout() -> Self {
        Self::Unreachable {
            reason: "no answer within the connect timeout".to_owned(),
            hint: "Check that the host name is correct and that no firewall blocks the connection.",
            transient: true,
        }
    }

    /// Classifies a failed statement.
    pub fn running(error: &tokio_postgres::Error) -> Self {
        let Some(code) = error.code() else {
            return Self::Lost;
        };
        Self::raised(code, error.as_db_error().map_or("", tokio_postgres::error::DbError::message))
    }

    /// The server's message is left out, because it may contain values of the call, unless the extension or a missing privilege wrote it.
    fn raised(code: &SqlState, message: &str) -> Self {
        let hint = match code {
            _ if message.starts_with(NOT_RECORDED) => {
                format!("{message}. An administrator finds the reason in the server log, and perhaps by mcp_doctor().")
                    .into()
            }
            &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::IDLE_SESSION_TIMEOUT => {
                return Self::Lost;
            }
            c if c.code().starts_with("08") => return Self::Lost,
            &SqlState::UNDEFINED_FUNCTION | &SqlState::INVALID_SCHEMA_NAME => {
                "The extension is not installed in this schema: leave out --schema, or run CREATE EXTENSION eryxon_mcp."
                    .into()
            }
            &SqlState::INSUFFICIENT_PRIVILEGE if LOGIN_LACKS.iter().any(|lack| message.starts_with(lack)) => {
                "The login may not call the extension: use one created by create_mcp_gateway().".into()
            }
            &SqlState::INSUFFICIENT_PRIVILEGE => format!("{message}. See the server log for details.").into(),
            &SqlState::QUERY_CANCELED => {
                "The statement was cancelled or exceeded the login's statement_timeout.".into()
            }
            c if c.code().starts_with("22") => {
                "The arguments contain a value that PostgreSQL cannot store, such as the character \\u0000.".into()
            }
            c if c.code().starts_with("53") => "The server has run out of a resource; see its log for details.".into(),
            c if c.code() == "25006" => "The server is read-only, possibly a standby: connect to the primary.".into(),
            _ => "See the server log for details.".into(),
        };
        Self::Sql { sqlstate: code.code().to_owned(), hint }
    }

    /// Whether the called function, or its schema, does not exist.
    pub fn is_not_there(&self) -> bool {
        let codes = [SqlState::UNDEFINED_FUNCTION, SqlState::INVALID_SCHEMA_NAME];
        matches!(self, Self::Sql { sqlstate, .. } if codes.iter().any(|code| code.code() == sqlstate))
    }

    /// Whether the same attempt may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { transient: true, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_right_to_call_is_blamed_on_the_login() {
        let said = |code: &SqlState, message: &str| DbError::raised(code, message).to_string();
        let lost = "the call could not be recorded and was rolled back, correlation id 7";
        for code in [&SqlState::INSUFFICIENT_PRIVILEGE, &SqlState::NOT_NULL_VIOLATION] {
            let text = said(code, lost);
            assert!(text.contains(lost) && !text.contains("login"), "{text}");
        }
        for message in ["permission denied for function mcp_call_tool", "permission denied for schema eryxon_mcp"] {
            assert!(said(&SqlState::INSUFFICIENT_PRIVILEGE, message).contains("create_mcp_gateway()"), "{message}");
        }
        let text = said(&SqlState::INSUFFICIENT_PRIVILEGE, "permission denied for table profiles");
        assert!(text.contains("permission denied for table profiles") && !text.contains("login"), "{text}");
        assert!(!said(&SqlState::NOT_NULL_VIOLATION, "a value of the call").contains("value of the call"));
    }
}

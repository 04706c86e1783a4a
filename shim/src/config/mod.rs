//! The connection settings, from `DATABASE_URL` and libpq's environment variables.

mod conninfo;
mod pgpass;
mod server;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::Config;

pub use server::Server;
use server::{default_host, servers};

/// Timeout for one connection attempt, unless `PGCONNECT_TIMEOUT` is set.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The environment variables, and the parameter that each supplies if the URL does not.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGAPPNAME", "application_name"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGOPTIONS", "options"),
    ("PGPASSFILE", "passfile"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGCHANNELBINDING", "channel_binding"),
];

/// libpq parameters that are accepted and ignored.
const WITHOUT_EFFECT: &[&str] =
    &["client_encoding", "fallback_application_name", "gssencmode", "krbsrvname", "gsslib", "sslcompression", "sslsni"];

/// What is wrong with the configuration, and what to do. Never contains a password.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The URL or connection string cannot be parsed.
    #[error("the connection string is not valid: {0}")]
    ConnectionString(String),
    /// A value that libpq does not know either.
    #[error("sslmode \"{0}\" is unknown: use disable, prefer, require, verify-ca or verify-full")]
    SslMode(String),
    /// A parameter that the shim does not support.
    #[error("the connection parameter \"{0}\" is not supported")]
    Unsupported(String),
    /// The trusted CA certificates cannot be used.
    #[error("no trusted root certificate: {0}")]
    RootCert(String),
}

/// libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never TLS.
    Disable,
    /// TLS if the server offers it, without verification.
    Prefer,
    /// TLS only.
    Require,
    /// TLS with a certificate issued by a trusted CA.
    VerifyCa,
    /// Like `VerifyCa`, and the certificate must match the host name.
    VerifyFull,
}

impl SslMode {
    fn parse(text: &str) -> Result<Self, ConfigError> {
        Ok(match text {
            "disable" => Self::Disable,
            // `allow` differs from `prefer` only in which of TLS and plain text it tries first.
            "allow" | "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            other => return Err(ConfigError::SslMode(other.to_owned())),
        })
    }
}

impl std::fmt::Display for SslMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        })
    }
}

/// Everything needed to connect.
pub struct Database {
    /// The servers, in the order in which they are tried.
    pub servers: Vec<Server>,
    config: Config,
    /// How TLS is used; `Disable` on a Unix socket, as in libpq.
    pub ssl_mode: SslMode,
    /// The trusted CA certificates: a file, or `system`.
    pub ssl_root_cert: Option<String>,
    /// The timeout for one connection attempt.
    pub connect_timeout: Duration,
    /// How long a request waits for an unreachable database.
    pub connect_wait: Duration,
}

impl Database {
    /// Reads the parameters: those of `url` first, then the environment, then the password file,
    /// then libpq's defaults.
    pub fn resolve(
        url: Option<&str>,
        environment: impl Fn(&str) -> Option<String>,
        connect_wait: Duration,
    ) -> Result<Self, ConfigError> {
        let mut params = match url {
            Some(url) => conninfo::parse(url)?,
            None => BTreeMap::new(),
        };
        for (variable, name) in ENVIRONMENT {
            if !params.contains_key(*name)
                && let Some(value) = environment(variable).filter(|v| !v.is_empty())
            {
                params.insert((*name).to_owned(), value);
            }
        }
        if !params.contains_key("host") && !params.contains_key("hostaddr") {
            params.insert("host".to_owned(), default_host());
        }
        if !params.contains_key("user")
            && let Some(user) = environment("USER").or_else(|| environment("LOGNAME"))
        {
            params.insert("user".to_owned(), user);
        }
        params.entry("application_name".to_owned()).or_insert_with(|| "eryxon-mcp".to_owned());
        Self::from_params(params, connect_wait)
    }

    fn from_params(mut params: BTreeMap<String, String>, connect_wait: Duration) -> Result<Self, ConfigError> {
        for name in WITHOUT_EFFECT {
            params.remove(*name);
        }
        for name in ["sslcert", "sslkey", "sslcrl", "sslcrldir", "service", "requirepeer"] {
            if params.contains_key(name) {
                return Err(ConfigError::Unsupported(name.to_owned()));
            }
        }
        let mut ssl_mode = SslMode::parse(params.remove("sslmode").as_deref().unwrap_or("prefer"))?;
        let ssl_root_cert = params.remove("sslrootcert");
        let connect_timeout = match params.remove("connect_timeout") {
            None => DEFAULT_CONNECT_TIMEOUT,
            Some(text) => match text.trim().parse::<i64>() {
                // In libpq, zero or less means to wait indefinitely; a day is long enough.
                Ok(seconds) if seconds <= 0 => Duration::from_secs(86_400),
                Ok(seconds) => Duration::from_secs(seconds.unsigned_abs()),
                Err(_) => {
                    return Err(ConfigError::ConnectionString(format!("connect_timeout \"{text}\"")));
                }
            },
        };
        let passfile = params.remove("passfile");
        if !params.contains_key("password")
            && let Some(password) = pgpass::lookup(passfile.as_deref(), &params)
        {
            params.insert("password".to_owned(), password);
        }
        let servers = servers(&mut params)?;
        let mut config = driver_config(&params)?;
        if servers.iter().all(Server::is_unix) {
            ssl_mode = SslMode::Disable;
        }
        config.ssl_mode(match ssl_mode {
            SslMode::Disable => tokio_postgres::config::SslMode::Disable,
            SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => tokio_postgres::config::SslMode::Require,
        });
        if !params.contains_key("keepalives_idle") {
            // With the kernel's default, a call on a dead network path would wait for two hours.
            config.keepalives_idle(Duration::from_secs(60));
        }
        Ok(Self { servers, config, ssl_mode, ssl_root_cert, connect_timeout, connect_wait })
    }

    /// The driver's parameters for one address of one server.
    pub fn at(&self, server: &Server, address: Option<IpAddr>) -> Config {
        let mut config = self.config.clone();
        config.host(&server.host).port(server.port);
        if let Some(address) = address {
            config.hostaddr(address);
        } else {
            config.ssl_mode(tokio_postgres::config::SslMode::Disable);
        }
        config
    }

    /// A description of the database, without secrets.
    pub fn describe(&self) -> String {
        let servers: Vec<_> = self.servers.iter().map(|s| format!("{} port {}", s.host, s.port)).collect();
        let user = self.config.get_user().unwrap_or("?");
        format!(
            "database {} as {user} at {}, sslmode {}",
            self.config.get_dbname().unwrap_or(user),
            servers.join(", "),
            self.ssl_mode
        )
    }
}

/// Whether a connection string can be displayed unchanged.
pub fn has_no_password(url: &str) -> bool {
    conninfo::parse(url).is_ok_and(|params| !params.contains_key("password"))
}

/// Passes the remaining parameters to the driver's own parser, so that its checks apply.
fn driver_config(params: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    let text = params.iter().fold(String::new(), |text, (name, value)| {
        text + &format!("{name}='{}' ", value.replace('\\', "\\\\").replace('\'', "\\'"))
    });
    text.parse::<Config>().map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        ConfigError::ConnectionString(reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(url: Option<&str>, env: &[(&str, &str)]) -> Result<Database, ConfigError> {
        let find = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Database::resolve(url, find, Duration::ZERO)
    }

    #[test]
    fn the_url_overrides_the_environment() {
        let db = resolve(
            Some("postgres://ann@db.example:6000/mes"),
            &[("PGHOST", "other"), ("PGPORT", "1"), ("PGPASSWORD", "p'w\\"), ("PGUSER", "bob")],
        )
        .unwrap();
        assert_eq!(db.servers, [Server { host: "db.example".to_owned(), hostaddr: None, port: 6000 }]);
        assert_eq!(db.config.get_user(), Some("ann"));
        assert_eq!(db.config.get_password(), Some(&b"p'w\\"[..]));
        assert_eq!((db.config.get_dbname(), db.ssl_mode), (Some("mes"), SslMode::Prefer));
    }

    #[test]
    fn a_unix_socket_never_uses_tls() {
        let db = resolve(None, &[("PGHOST", "/run/pg"), ("PGSSLMODE", "verify-full")]).unwrap();
        assert_eq!(db.ssl_mode, SslMode::Disable);
    }

    #[test]
    fn several_servers_share_one_port_or_have_their_own() {
        let ports = |url: &str| resolve(Some(url), &[]).map(|db| db.servers.iter().map(|s| s.port).collect::<Vec<_>>());
        assert_eq!(ports("host=a,b port=1").unwrap(), [1, 1]);
        assert_eq!(ports("postgres://a:1,b:2/d").unwrap(), [1, 2]);
        assert!(ports("host=a,b,c port=1,2").is_err());
    }

    #[test]
    fn unsupported_settings_are_refused() {
        assert!(matches!(resolve(None, &[("PGSSLMODE", "sure")]), Err(ConfigError::SslMode(_))));
        let url = "postgres://h/d?sslcert=x";
        assert!(matches!(resolve(Some(url), &[]), Err(ConfigError::Unsupported(_))));
        assert!(matches!(resolve(Some("port=abc"), &[]), Err(ConfigError::ConnectionString(_))));
    }
}

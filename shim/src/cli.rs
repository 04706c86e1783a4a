//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

const CONNECTION_HELP: &str = "\
Connection settings are taken from --database-url (or DATABASE_URL) first; then from PGHOST, PGHOSTADDR, PGPORT, PGUSER, \
PGPASSWORD, PGDATABASE, PGSSLMODE, PGSSLROOTCERT, PGAPPNAME, PGCONNECT_TIMEOUT, PGOPTIONS, PGPASSFILE, \
PGTARGETSESSIONATTRS and PGCHANNELBINDING; then from ~/.pgpass; then from libpq's defaults. PGHOST may be the \
directory of a Unix socket. sslmode is disable, prefer (the default), require, verify-ca or verify-full. The trusted \
CA certificate is PGSSLROOTCERT, or else ~/.postgresql/root.crt; \"system\" means the operating system's trust store.

Create the login with SELECT eryxon_mcp.create_mcp_gateway(name, password), and the key with eryxon_mcp.generate_mcp_key(...).

To test the connection: eryxon-mcp check";

/// MCP server on stdio for Eryxon Flow: forwards an AI client's calls to the `eryxon_mcp` extension in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "eryxon-mcp", version, after_help = CONNECTION_HELP)]
pub struct Cli {
    /// The command to run; `serve` by default.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options common to all commands.
    #[command(flatten)]
    pub options: Options,
}

/// The options common to all commands.
#[derive(Debug, Args)]
pub struct Options {
    /// postgres://user:password@host:port/database?sslmode=..., or key=value pairs
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// The extension's schema; if it is not given, the database is asked
    #[arg(long, env = "ERYXON_MCP_SCHEMA", global = true, value_name = "NAME")]
    pub schema: Option<String>,

    /// Maximum number of connections for requests; further calls wait in order of arrival
    #[arg(long, env = "ERYXON_MCP_POOL_SIZE", global = true, default_value_t = 4, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=64))]
    pub pool_size: u16,

    /// How many seconds a request waits for a database that is down or restarting before it fails
    #[arg(long, env = "ERYXON_MCP_CONNECT_WAIT", global = true, default_value = "5", value_name = "SECONDS",
          value_parser = seconds)]
    pub connect_wait: Duration,

    /// Seconds between heartbeats of the configured key; 0 disables them
    #[arg(long, env = "ERYXON_MCP_HEARTBEAT", global = true, default_value = "60", value_name = "SECONDS",
          value_parser = seconds)]
    pub heartbeat: Duration,

    /// How much to log to stderr
    #[arg(long, env = "ERYXON_MCP_LOG", global = true, default_value = "warn", value_name = "LEVEL")]
    pub log_level: LogLevel,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve MCP on stdin and stdout (default)
    Serve,
    /// Test the set-up: connect, validate the key in ERYXON_MCP_KEY, list its tools, measure the round trip
    Check,
    /// Print the configuration for an MCP client
    Config {
        /// The client
        #[command(subcommand)]
        client: Client,
    },
}

/// The clients for which a configuration can be printed.
#[derive(Debug, Subcommand)]
pub enum Client {
    /// claude_desktop_config.json for Claude Desktop; other clients use the same format
    Claude {
        /// Print the key and the password from the environment instead of placeholders
        #[arg(long, visible_alias = "with-key")]
        with_secrets: bool,
        /// The server's name in the client
        #[arg(long, default_value = "eryxon")]
        name: String,
        /// The program that the client starts (default: the path of this program)
        #[arg(long, value_name = "PATH")]
        command: Option<PathBuf>,
    },
}

/// How much to log.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Errors.
    Error,
    /// Plus warnings.
    Warn,
    /// Plus start-up and shutdown.
    Info,
    /// Plus each call, with its tool and duration.
    Debug,
    /// Everything.
    Trace,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::OFF,
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "out of range".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn seconds_may_have_a_fraction_but_no_sign() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(seconds("-1").is_err() && seconds("soon").is_err());
    }
}

//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

const CONNECTION_HELP: &str = "\
How the database is found: what --database-url (or DATABASE_URL) names wins; PGHOST, PGHOSTADDR, PGPORT, PGUSER, \
PGPASSWORD, PGDATABASE, PGSSLMODE, PGSSLROOTCERT, PGAPPNAME, PGCONNECT_TIMEOUT, PGOPTIONS, PGPASSFILE, \
PGTARGETSESSIONATTRS and PGCHANNELBINDING fill the gaps; then ~/.pgpass; then libpq's defaults. PGHOST may be the \
folder of a unix socket. sslmode is disable, prefer (the default), require, verify-ca or verify-full; the trusted \
CA is PGSSLROOTCERT, else ~/.postgresql/root.crt, and \"system\" means the system's list.

The login should come from SELECT create_mcp_gateway(name, password), the key from generate_mcp_key(...).

Try: eryxon-mcp check";

/// MCP server on stdio for Eryxon Flow: forwards an AI client's calls to the `eryxon_mcp` extension in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "eryxon-mcp", version, after_help = CONNECTION_HELP)]
pub struct Cli {
    /// What to do; `serve` when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of all commands.
    #[command(flatten)]
    pub options: Options,
}

/// What all commands take.
#[derive(Debug, Args)]
pub struct Options {
    /// postgres://user:password@host:port/database?sslmode=..., or key=value pairs
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// The schema of the extension, if it is not on the login's search_path
    #[arg(long, env = "ERYXON_MCP_SCHEMA", global = true, value_name = "NAME")]
    pub schema: Option<String>,

    /// Connections for requests; more calls than that wait in the order of their arrival
    #[arg(long, env = "ERYXON_MCP_POOL_SIZE", global = true, default_value_t = 4, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=64))]
    pub pool_size: u16,

    /// Seconds that a request waits for a database that is down or restarting before it gets an error
    #[arg(long, env = "ERYXON_MCP_CONNECT_WAIT", global = true, default_value = "5", value_name = "SECONDS",
          value_parser = seconds)]
    pub connect_wait: Duration,

    /// Seconds between two heartbeats of the configured key, 0 for none
    #[arg(long, env = "ERYXON_MCP_HEARTBEAT", global = true, default_value = "60", value_name = "SECONDS",
          value_parser = seconds)]
    pub heartbeat: Duration,

    /// What to write to stderr
    #[arg(long, env = "ERYXON_MCP_LOG", global = true, default_value = "warn", value_name = "LEVEL")]
    pub log_level: LogLevel,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve MCP on stdin and stdout (the default)
    Serve,
    /// Test the connection: connect, validate the key in ERYXON_MCP_KEY, list its tools, measure
    Check,
    /// Print the configuration for an MCP client
    Config {
        /// The client
        #[command(subcommand)]
        client: Client,
    },
}

/// The clients whose configuration is known.
#[derive(Debug, Subcommand)]
pub enum Client {
    /// claude_desktop_config.json of Claude Desktop; other clients read the same form
    Claude {
        /// Write the key and the password that are set here into the output instead of placeholders
        #[arg(long, visible_alias = "with-key")]
        with_secrets: bool,
        /// The name of the server in the client
        #[arg(long, default_value = "eryxon")]
        name: String,
        /// The program that the client starts, instead of this one's path
        #[arg(long, value_name = "PATH")]
        command: Option<PathBuf>,
    },
}

/// How much to log.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What needs someone.
    Error,
    /// And what may need someone.
    Warn,
    /// And starts and stops.
    Info,
    /// And each call by its tool's name and time.
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
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a possible number of seconds".to_owned())
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

//! The commands.

pub mod check;
pub mod config;
mod heartbeat;
pub mod serve;

use crate::cli::Options;
use crate::config::{ConfigError, Database};
use crate::db::{Gateway, Pool};

/// The variable that holds the key.
const KEY_VARIABLE: &str = "ERYXON_MCP_KEY";

/// The configured key, if it is set and not empty.
fn key() -> Option<String> {
    std::env::var(KEY_VARIABLE).ok().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty())
}

/// The gateway to the extension in the configured database; it does not connect yet.
fn gateway(options: &Options) -> Result<Gateway, ConfigError> {
    let url = options.database_url.as_deref().filter(|url| !url.is_empty());
    let database = Database::resolve(url, |name| std::env::var(name).ok(), options.connect_wait)?;
    let pool = Pool::new(database, options.pool_size.into())?;
    Ok(Gateway::new(pool, options.schema.as_deref().filter(|s| !s.is_empty())))
}

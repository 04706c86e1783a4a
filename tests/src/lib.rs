//! Shared by the cluster tests: scratch clusters, databases with the demo factory, and the shim as a child process.
//!
//! The tests require the installed extension; those in `tests/shim` also require a built shim. They read these variables:
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `ERYXON_PG_BIN` | directory of `initdb` and `pg_ctl` | `pg_config --bindir` |
//! | `ERYXON_RUN_AS` | the user that runs the servers if the tests run as root | `postgres` |
//! | `ERYXON_SHIM` | path of the shim | `eryxon-mcp` in the target directory, release before debug |
//! | `MCP_SCHEMA_DIR` | directory of the MCP specification's JSON schemas | not validated; the tests report it |

pub mod answer;
pub mod catalog;
pub mod cluster;
pub mod database;
pub mod document;
mod dump;
pub mod factory;
pub mod gateway;
pub mod leaks;
pub mod live;
pub mod mes_owner;
pub mod probe;
pub mod shim;
pub mod wire;

pub use catalog::Tool;
pub use cluster::{Cluster, Options};
pub use database::{Database, Key, Session, call, demo_id};

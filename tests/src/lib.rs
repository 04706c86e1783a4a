//! What the cluster tests share: scratch clusters, databases with the demo factory, and the shim as a child process.
//!
//! The tests need an installed extension and, those in `tests/shim`, a built shim. They read these variables:
//!
//! | variable | what it is | without it |
//! |---|---|---|
//! | `ERYXON_PG_BIN` | folder of `initdb` and `pg_ctl` | `pg_config --bindir` |
//! | `ERYXON_RUN_AS` | who runs the servers when the tests run as root | `postgres` |
//! | `ERYXON_SHIM` | the shim | `eryxon-mcp` in the target folder, release before debug |
//! | `MCP_SCHEMA_DIR` | the MCP specification's JSON schemas | the tests that need them say that they did not run |

pub mod answer;
pub mod catalog;
pub mod cluster;
pub mod database;
pub mod document;
pub mod factory;
pub mod probe;
pub mod shim;

pub use catalog::Tool;
pub use cluster::{Cluster, Options};
pub use database::{Database, Key, Session, call, demo_id};

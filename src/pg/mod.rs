//! Access to PostgreSQL's internals: the only module that allows `unsafe`, with the reason at each site.
//!
//! - [`subtransaction`]: runs a closure so that an `ERROR` in it becomes a value;
//! - [`sandbox`]: does the same as another role, with a tenant and, for read tools, read-only; `leftovers`: what it cleans up;
//!   [`host_functions`]: the search path inside;
//! - [`statement`]: SQL texts with gaps, [`args`]: their parameters, [`query`]: running them, planned once per backend; [`fits`]:
//!   whether a schema has what they name;
//! - [`shape`]: what an attached schema has of what it may lack;
//! - [`snapshot`]: what a statement sees;
//! - [`origin`]: whose rule an error of the sandbox is;
//! - [`top_level`]: whether a call is a statement of its own, [`rolled_back`]: calls whose transaction was rolled back;
//! - [`guard`]: what gateway logins may do;
//! - [`session`]: who is calling, and why a statement was interrupted, `timers`: PostgreSQL's timers;
//! - [`lock`]: locks that SQL cannot take;
//! - [`settings`]: temporary settings, [`config`]: those that a DBA may change;
//! - [`password`]: passwords of logins;
//! - [`transaction`]: what happens when the transaction around a call ends, [`exit`]: when the session ends;
//! - [`shared`]: the memory that all backends share, if the library is preloaded;
//! - [`report`]: errors as PostgreSQL raises them;
//! - [`json`]: JSON text as `jsonb`, without a parsed tree in between.

#![allow(unsafe_code)]

pub mod args;
pub mod config;
pub mod exit;
pub mod fits;
mod guard;
mod host_functions;
pub mod json;
mod leftovers;
pub mod lock;
pub mod origin;
pub mod password;
pub mod query;
pub mod report;
pub mod rolled_back;
pub mod sandbox;
pub mod session;
pub mod settings;
pub mod shape;
pub mod shared;
pub mod snapshot;
pub mod statement;
pub mod subtransaction;
pub mod tenant;
mod timers;
pub mod top_level;
pub mod transaction;

/// Installs what has to be there before the first statement. Called when a process loads the library.
pub(crate) fn init() {
    config::init();
    host_functions::init();
    shared::init();
    top_level::init();
    rolled_back::init();
    guard::init();
}

//! What touches PostgreSQL's internals: the only module that allows `unsafe`, each site with its reason.
//!
//! - [`subtransaction`]: run a closure so that an `ERROR` in it becomes a value;
//! - [`sandbox`]: the same as another role, with a tenant, a search path and, for readers, read-only;
//! - [`statement`]: SQL texts with gaps, [`args`]: their parameters, [`query`]: running them, planned once a backend;
//! - [`session`]: who calls, and why a statement was interrupted;
//! - [`settings`]: settings for a while;
//! - [`json`]: JSON text as `jsonb`, without a detour.

#![allow(unsafe_code)]

pub mod args;
pub mod json;
pub mod query;
pub mod sandbox;
pub mod session;
pub mod settings;
pub mod statement;
pub mod subtransaction;
pub mod tenant;

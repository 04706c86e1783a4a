//! `eryxon_mcp`: the Model Context Protocol server of the Eryxon Flow manufacturing execution system, inside PostgreSQL.
//!
//! A call passes through three modules, in an order that [`call`] defines: [`admit`] determines whose key it is and whether it may make the
//! call, [`run`] runs the tool in the sandbox, and [`record`] writes the audit trail. Below them are [`pg`], which contains all `unsafe`
//! code, and [`core`], which is pure and independent of PostgreSQL. `api` declares the SQL functions, `tools` the tools. See
//! `docs/architecture.md`.

#![deny(unsafe_code)]

pub mod admit;
mod api;
pub mod call;
pub mod core;
pub mod error;
pub mod names;
pub mod pg;
pub mod record;
pub mod run;
mod schema;
pub mod tools;
pub mod verdict;

::pgrx::pg_module_magic!(name, version);

/// Called once by each backend that loads the library, or once by the postmaster if it is in `shared_preload_libraries`.
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    pg::init();
}

/// Set-up for `cargo pgrx test`.
#[cfg(test)]
pub mod pg_test {
    /// Called once before the tests.
    pub fn setup(_options: Vec<&str>) {}

    /// Lines for the test cluster's `postgresql.conf`.
    #[must_use]
    pub fn postgresql_conf_options() -> Vec<&'static str> {
        vec![]
    }
}

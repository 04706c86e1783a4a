//! `eryxon_mcp`: the Model Context Protocol server of the Eryxon Flow manufacturing system, inside PostgreSQL.
//!
//! One call runs through three modules: [`admit`] finds out whose key it is and whether it may call, [`run`] runs the tool in the
//! sandbox, [`record`] writes down what happened; [`call`] puts them together. Below them lie [`pg`] (all of the `unsafe`), and
//! [`core`] (pure, without PostgreSQL). `api` declares the SQL functions, `tools` the tools.

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

::pgrx::pg_module_magic!(name, version);

/// Set-up of `cargo pgrx test`.
#[cfg(test)]
pub mod pg_test {
    /// Called once before the tests.
    pub fn setup(_options: Vec<&str>) {}

    /// Lines for `postgresql.conf` of the test cluster.
    #[must_use]
    pub fn postgresql_conf_options() -> Vec<&'static str> {
        vec![]
    }
}

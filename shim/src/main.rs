//! `eryxon-mcp`: a stdio MCP server that forwards an AI client's calls to the `eryxon_mcp`
//! extension in PostgreSQL. It holds no state and makes no decisions: the database decides who may
//! call what, and what a call does.

mod cli;
mod command;
mod config;
mod db;
mod mcp;

use std::process::ExitCode;

use clap::Parser;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use cli::{Cli, Client, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Log only the shim's own events: the SDK's contain whole requests, including keys.
    let filter =
        Targets::new().with_default(LevelFilter::OFF).with_target(env!("CARGO_CRATE_NAME"), cli.options.log_level);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    tracing_subscriber::registry().with(filter).with(layer).init();

    if let Some(Command::Config { client: Client::Claude { with_secrets, name, command } }) = &cli.command {
        return command::config::run(&cli.options, name, command.as_deref(), *with_secrets);
    }
    // The work consists of waiting, so one thread is enough; code that blocks it would be a bug.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("eryxon-mcp: cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = match cli.command {
        Some(Command::Check) => runtime.block_on(command::check::run(&cli.options)),
        _ => runtime.block_on(command::serve::run(&cli.options)),
    };
    // A pending read of stdin must not delay the exit.
    runtime.shutdown_background();
    code
}

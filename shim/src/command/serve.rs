//! `eryxon-mcp serve`: MCP on stdin and stdout until the input ends or a signal arrives.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rmcp::service::serve_directly_with_ct;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::heartbeat;
use crate::cli::Options;
use crate::mcp::{Service, Stdio};

/// How long running calls may continue after the end of input: `printf … | eryxon-mcp` closes its
/// input at once and still expects its answer. The whole shutdown takes less than a second.
const GRACE: Duration = Duration::from_millis(500);
/// How long they may then take to end after they have been cancelled in the database.
const AFTER_CANCEL: Duration = Duration::from_millis(250);
/// How long the last heartbeat may take.
const FAREWELL: Duration = Duration::from_millis(100);

/// Runs the command.
pub async fn run(options: &Options) -> ExitCode {
    let gateway = match super::gateway(options) {
        Ok(gateway) => Arc::new(gateway),
        Err(error) => {
            eprintln!("eryxon-mcp: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (mut terminate, mut interrupt) = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("eryxon-mcp: cannot install signal handlers: {error}");
            return ExitCode::FAILURE;
        }
    };
    let key = super::key();
    if std::io::stdin().is_terminal() {
        eprintln!(
            "eryxon-mcp is waiting for MCP messages on stdin, one JSON object per line; usually an AI client starts it.\n\
             Press Ctrl-D to exit. See `eryxon-mcp --help`, `eryxon-mcp check` and `eryxon-mcp config claude`."
        );
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), key = key.is_some(), "serving");

    let (ended, stop, quit) = (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
    let (input, output) = rmcp::transport::stdio_pipes();
    let transport = Stdio::new(input, output, ended.clone());
    let service = Service::new(gateway.clone(), key.clone(), stop.clone());
    // Do not wait for a handshake: a bare request is answered, and `initialize` is a request like any other.
    let running = serve_directly_with_ct(service, transport, None, quit.clone());
    let beats = key.clone().filter(|_| !options.heartbeat.is_zero());
    let beating = beats.clone().map(|key| tokio::spawn(heartbeat::beat(gateway.clone(), key, options.heartbeat)));

    let mut done = std::pin::pin!(running.waiting());
    let patience = tokio::select! {
        _ = &mut done => Duration::ZERO,
        () = ended.cancelled() => GRACE,
        _ = terminate.recv() => Duration::ZERO,
        _ = interrupt.recv() => Duration::ZERO,
    };
    tracing::info!("stopping");
    if !ended.is_cancelled() {
        quit.cancel();
    }
    let drained = if patience.is_zero() {
        ended.is_cancelled()
    } else {
        timeout_at(Instant::now() + patience, &mut done).await.is_ok()
    };
    stop.cancel();
    if !drained {
        let _ = timeout_at(Instant::now() + AFTER_CANCEL, &mut done).await;
    }
    if let Some(beating) = beating {
        beating.abort();
    }
    if let Some(key) = beats {
        let _ = timeout_at(Instant::now() + FAREWELL, heartbeat::farewell(&gateway, &key)).await;
    }
    ExitCode::SUCCESS
}

//! `eryxon-mcp check`: does what a client's first call does, and reports what is wrong.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::cli::Options;
use crate::db::{Answer, DbError, Gateway};

/// The reported round trip is the median of this many calls.
const SAMPLES: usize = 5;

/// Runs the command.
pub async fn run(options: &Options) -> ExitCode {
    match check(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err((step, reason)) => {
            line(step, "FAILED");
            line("", &reason);
            ExitCode::FAILURE
        }
    }
}

type Failure = (&'static str, String);

async fn check(options: &Options) -> Result<(), Failure> {
    let gateway = super::gateway(options).map_err(|e| ("settings", e.to_string()))?;

    let started = Instant::now();
    let connected = gateway.pool.connect().await.map_err(|e| ("connection", e.to_string()))?;
    line(
        "connection",
        &format!(
            "PostgreSQL {}, {}, connected in {}",
            connected.server_version,
            gateway.pool.describe(),
            ms(started.elapsed())
        ),
    );
    drop(connected);

    let key = super::key().ok_or((
        "key",
        gateway.for_people(
            "ERYXON_MCP_KEY is not set. Generate a key with SELECT * FROM {schema}.generate_mcp_key(p_tenant_id := ..., p_name := ...); \
             and set the variable to it.",
        ),
    ))?;
    let never = CancellationToken::new();
    let info = gateway.validate_key(&key, &never).await.map_err(|e| ("key", key_failure(&e)))?;
    line("key", &format!("valid, environment {}", info.environment.as_deref().unwrap_or("unknown")));
    line("tenant", &info.tenant_id);
    line("key id", &info.key_id);
    match info.rate_limit {
        Some(limit) => line("rate limit", &format!("{limit} calls in any 60 seconds")),
        None => line("rate limit", "none"),
    }
    line("allowed", &info.allowed_tools);

    let tools = tools(&gateway, &key, &never).await.map_err(|reason| ("tools", reason))?;
    line("tools", &format!("{}: {}", tools.len(), tools.join(", ")));

    line("round trip", &ms(round_trip(&gateway, &key, &never).await.map_err(|e| ("round trip", e.to_string()))?));

    match gateway.severe_findings(&never).await {
        Ok(0) => {}
        Ok(count) => line("WARNING", &gateway.for_people(&severe(count))),
        Err(e) => line("WARNING", &format!("the installation's own check did not answer: {e}")),
    }
    Ok(())
}

fn severe(count: i32) -> String {
    format!(
        "the installation has {count} severe {}. A superuser or a member of eryxon_mcp_owner sees what is wrong, and the \
         statements that mend it, with SELECT * FROM {{schema}}.mcp_doctor();",
        if count == 1 { "finding" } else { "findings" }
    )
}

fn key_failure(error: &DbError) -> String {
    match error {
        DbError::Sql { sqlstate, .. } if sqlstate == "28000" => {
            "Invalid or disabled MCP key. Check that it was copied completely, that it is enabled and not expired, and that \
             it belongs to this database; otherwise generate a new one with generate_mcp_key."
                .to_owned()
        }
        other => other.to_string(),
    }
}

async fn tools(gateway: &Gateway, key: &str, never: &CancellationToken) -> Result<Vec<String>, String> {
    #[derive(Deserialize)]
    struct Tool {
        name: String,
    }
    #[derive(Deserialize)]
    struct Tools {
        tools: Vec<Tool>,
    }
    match gateway.list_tools(key, never).await.map_err(|e| e.to_string())? {
        Answer::Error(error) => Err(error.message.into_owned()),
        Answer::Result(result) => {
            let list: Tools = serde_json::from_str(result.get())
                .map_err(|e| format!("the tool list has an unexpected format ({e})"))?;
            Ok(list.tools.into_iter().map(|tool| tool.name).collect())
        }
    }
}

async fn round_trip(gateway: &Gateway, key: &str, never: &CancellationToken) -> Result<Duration, DbError> {
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let started = Instant::now();
        gateway.validate_key(key, never).await?;
        samples.push(started.elapsed());
    }
    samples.sort_unstable();
    Ok(samples[SAMPLES / 2])
}

fn line(name: &str, text: &str) {
    // A reader may have closed the pipe, as in `eryxon-mcp check | head -1`.
    let _ = writeln!(std::io::stdout(), "{name:<12}{text}");
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

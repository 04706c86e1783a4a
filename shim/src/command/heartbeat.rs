//! Periodic heartbeats, which tell the database that this server is alive.

use std::sync::Arc;
use std::time::Duration;

use crate::db::{DbError, Gateway};

/// Sends heartbeats until it is dropped.
pub async fn beat(gateway: Arc<Gateway>, key: String, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut was_well = true;
    loop {
        ticks.tick().await;
        let outcome = beat_once(&gateway, &key).await;
        match &outcome {
            Ok(false) if was_well => {
                tracing::warn!("ERYXON_MCP_KEY is not valid: heartbeats are not recorded")
            }
            Err(error) if was_well => tracing::warn!(%error, "heartbeat failed"),
            _ => {}
        }
        was_well = matches!(outcome, Ok(true));
    }
}

async fn beat_once(gateway: &Gateway, key: &str) -> Result<bool, DbError> {
    // An empty statement is measured instead of the heartbeat itself: the first use of a key on a connection is slow by design.
    let round_trip = gateway.pool.round_trip().await?;
    let ms = i32::try_from(round_trip.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
    gateway.heartbeat(key, "online", Some(ms), &metadata()).await
}

/// The last heartbeat, on an orderly exit.
pub async fn farewell(gateway: &Gateway, key: &str) {
    if let Err(error) = gateway.heartbeat(key, "offline", None, &metadata()).await {
        tracing::debug!(%error, "the last heartbeat failed");
    }
}

fn metadata() -> String {
    serde_json::json!({ "server": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "transport": "stdio" })
        .to_string()
}

//! What a test may allow a gateway login in addition.

use crate::database::{Database, Session};

impl Database {
    /// Marks the gateway login as one that may call inside transactions. For sessions that begin afterwards.
    pub fn allow_calls_in_transactions(&self) {
        self.psql(&format!("ALTER ROLE {} SET eryxon_mcp.calls_in_transactions = on", self.gateway_name()));
    }

    /// Makes the gateway login a member of another role, so that the guard of gateway logins leaves its sessions alone.
    pub fn lift_guard(&self) {
        let role = format!("role_{}", self.name());
        self.psql(&format!("CREATE ROLE {role}; GRANT {role} TO {}", self.gateway_name()));
    }

    /// A session of the gateway login in which calls can be rolled back, to savepoints, too.
    pub async fn gateway_in_transactions(&self) -> Session {
        self.allow_calls_in_transactions();
        self.lift_guard();
        self.gateway().await
    }
}

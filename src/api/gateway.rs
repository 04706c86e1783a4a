//! For `create_mcp_gateway`.

use pgrx::prelude::*;

use crate::pg::password;

#[pg_extern]
pub(crate) fn mcp_scram_verifier(p_password: Option<&str>) -> Option<String> {
    p_password.map(password::scram_verifier)
}

//! Names and limits that more than one module needs. A test holds the names against the catalog.

/// Owns the extension's tables and its SECURITY DEFINER functions.
pub const OWNER_ROLE: &str = "eryxon_mcp_owner";
/// May execute the few functions that the shim calls.
pub const GATEWAY_ROLE: &str = "eryxon_mcp_gateway";
/// What tools run as.
pub const TENANT_ROLE: &str = "eryxon_mcp_tenant";

/// The name under which calls stand in `activity_log.user_name` and `user_email`.
pub const ACTIVITY_USER: &str = "MCP Server";
/// `activity_log.entity_type` of a call.
pub const ACTIVITY_ENTITY_TYPE: &str = "mcp_tool";

/// The longest list that one call gives.
pub const MAX_LIMIT: u16 = 500;
/// The length of a list when the caller names none.
pub const DEFAULT_LIMIT: u16 = 50;

/// The most bytes that the rows of one list may have. A list that would be longer is cut, and says so.
pub const MAX_LIST_BYTES: usize = 256 * 1024;
/// The most bytes that the JSON of any answer may have. It stands in the answer twice.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// The most rows that one call may change, where its arguments name no fixed number.
pub const MAX_CHANGED_ROWS: u16 = 500;

/// Arguments longer than this are recorded truncated.
pub const MAX_RECORDED_ARGUMENT_BYTES: usize = 8 * 1024;
/// Texts that come from the client (its name, its version, a tool's name) are recorded up to this length.
pub const MAX_CLIENT_TEXT_CHARS: usize = 100;

/// How many verified keys one backend remembers.
pub const VERIFIED_KEYS_PER_BACKEND: usize = 256;
/// How many prepared statements one backend keeps.
pub const STATEMENTS_PER_BACKEND: usize = 512;

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use super::*;
    use pgrx::prelude::*;

    #[pg_test]
    fn the_roles_are_in_the_catalog_and_may_do_nothing_by_themselves() {
        for role in [OWNER_ROLE, GATEWAY_ROLE, TENANT_ROLE] {
            let harmless = Spi::get_one_with_args::<bool>(
                "SELECT NOT (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
                   FROM pg_roles WHERE rolname = $1",
                &[role.into()],
            );
            assert_eq!(harmless, Ok(Some(true)), "{role}");
        }
    }
}

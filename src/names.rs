//! Names and limits used by more than one module. A test checks the names against the catalog.

/// The extension.
pub const EXTENSION: &str = "eryxon_mcp";
/// Owns the extension's tables and its SECURITY DEFINER functions.
pub const OWNER_ROLE: &str = "eryxon_mcp_owner";
/// May execute the few functions that the shim calls.
pub const GATEWAY_ROLE: &str = "eryxon_mcp_gateway";
/// The role that tools run as.
pub const TENANT_ROLE: &str = "eryxon_mcp_tenant";
/// The role that a call's row in `activity_log` is written as. It may do nothing else.
pub const RECORDER_ROLE: &str = "eryxon_mcp_recorder";

/// The functions that a gateway login may call.
pub const GATEWAY_FUNCTIONS: &[&str] =
    &["mcp_call_tool", "mcp_heartbeat", "mcp_list_tools", "mcp_severe_findings", "validate_mcp_key"];

/// `activity_log.user_name` and `user_email` of a call.
pub const ACTIVITY_USER: &str = "MCP Server";
/// `activity_log.entity_type` of a call.
pub const ACTIVITY_ENTITY_TYPE: &str = "mcp_tool";

/// The maximum number of rows in a list.
pub const MAX_LIMIT: u16 = 500;
/// The number of rows in a list if the caller gives no limit.
pub const DEFAULT_LIMIT: u16 = 50;

/// The maximum size of a list's rows, in bytes. A longer list is cut, and the answer says so.
pub const MAX_LIST_BYTES: usize = 256 * 1024;
/// The maximum size of an answer's JSON, in bytes. The answer contains it twice.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// The maximum number of rows that one call may change, unless its arguments name a fixed number.
pub const MAX_CHANGED_ROWS: u16 = 500;

/// Larger arguments are refused before they are read, in bytes. The shim has the same limit.
pub const MAX_ARGUMENT_BYTES: usize = 1024 * 1024;
/// What a client says about itself is ignored if it is larger, and the metadata of a heartbeat reduced to its size.
pub const MAX_CLIENT_BYTES: usize = 4 * 1024;
/// The maximum length of each text of an error.
pub const MAX_ERROR_CHARS: usize = 500;

/// Longer arguments are truncated in the record.
pub const MAX_RECORDED_ARGUMENT_BYTES: usize = 8 * 1024;
/// Texts from the client (its name, its version, a tool's name) are recorded up to this length.
pub const MAX_CLIENT_TEXT_CHARS: usize = 100;
/// How many tools, clients and key prefixes a row of refused calls names.
pub const MAX_REFUSED_SAMPLES: usize = 5;
/// The maximum size of each of them.
pub const MAX_REFUSED_TEXT_BYTES: usize = 64;

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
    fn the_roles_exist_and_have_no_powerful_attributes() {
        for role in [OWNER_ROLE, GATEWAY_ROLE, TENANT_ROLE, RECORDER_ROLE] {
            let harmless = Spi::get_one_with_args::<bool>(
                "SELECT NOT (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
                   FROM pg_roles WHERE rolname = $1",
                &[role.into()],
            );
            assert_eq!(harmless, Ok(Some(true)), "{role}");
        }
    }
}

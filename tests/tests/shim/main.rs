//! The shim with a real server: MCP as clients speak it, and what happens to calls when the shim ends.

mod clients;
mod commands;
mod lifecycle;
mod mcp_schema;
mod network;
mod protocol;
mod secrets;
mod slow;

//! The shim before a real server: MCP as clients speak it, and what becomes of calls when it ends.

mod clients;
mod commands;
mod lifecycle;
mod mcp_schema;
mod network;
mod protocol;
mod secrets;
mod slow;

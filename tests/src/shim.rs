//! The shim as a child process.

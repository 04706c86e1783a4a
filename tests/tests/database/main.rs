//! The extension in a real server: logins, commits, concurrency, crashes, dump and restore.
//!
//! What is said of the invariants I1 to I7 is tested here and in `tests/shim`; `docs/design.md` lists them.

mod answers;

//! The extension in a real server: logins, commits, concurrency, crashes, dump and restore.

mod answers;
mod records;
mod sandbox;
mod wait;

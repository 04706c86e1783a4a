//! The extension in a real server: logins, commits, concurrency, crashes, dump and restore.

mod after_a_call;
mod answers;
mod batch;
mod concurrency;
mod crash;
mod dump;
mod factory;
mod factory_texts;
mod install;
mod isolation;
mod keys;
mod lifecycle;
mod matrix;
mod ncrs;
mod people;
mod races;
mod rate_limit;
mod records;
mod roles;
mod sandbox;
mod secrets;
mod seed;
mod states;
mod tools;
mod tools_document;
mod wait;

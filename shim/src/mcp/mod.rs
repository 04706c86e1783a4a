//! The protocol: stdio, the dispatch, and the form of the answers.

mod answer;
mod ledger;
mod line;
mod service;
mod stdio;

pub use service::Service;
pub use stdio::Stdio;

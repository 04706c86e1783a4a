//! The protocol: stdio, dispatch, and the format of answers.

mod answer;
mod ledger;
mod line;
mod service;
mod stdio;

pub use service::Service;
pub use stdio::Stdio;

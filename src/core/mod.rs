//! Pure rules that need no PostgreSQL and are tested without a server.

pub mod caller;
pub mod cursor;
pub mod fold;
pub mod gaps;
pub mod json;
pub mod key;
pub mod rates;
pub mod redact;
pub mod schedule;
pub mod scope;
pub mod sqlstate;
pub mod states;

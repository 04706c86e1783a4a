//! The database: a pool, TLS, and the five functions that the shim may call.

mod calls;
mod connect;
mod error;
mod pool;
mod tls;

pub use calls::{Answer, Gateway};
pub use error::DbError;
pub use pool::Pool;

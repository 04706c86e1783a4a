//! What `mcp_doctor` and `eryxon-mcp check` need of Rust. The findings themselves are in `sql/96_doctor_*.sql` and `sql/97_doctor.sql`.

use std::cell::Cell;
use std::time::{Duration, Instant};

use pgrx::prelude::*;

use crate::pg::query;
use crate::statement;

/// The findings take some milliseconds, and a gateway's login may ask as often as it likes.
const KEPT: Duration = Duration::from_secs(60);

#[pg_extern(stable, security_definer)]
pub(crate) fn mcp_severe_findings() -> i32 {
    thread_local! {
        static COUNTED: Cell<Option<(Instant, i32)>> = const { Cell::new(None) };
    }
    statement! {
        static COUNT = "SELECT count(*)::integer FROM {{extension}}.mcp_findings() WHERE severity = 'severe'"; [];
    }
    if let Some((when, count)) = COUNTED.get()
        && when.elapsed() < KEPT
    {
        return count;
    }
    let count: Option<i32> = query::read(&COUNT, &[], query::first);
    let count = count.unwrap_or_default();
    COUNTED.set(Some((Instant::now(), count)));
    count
}

/// The SQL objects know the version that they were installed as; this is the one of the library that runs them.
#[pg_extern(immutable, parallel_safe)]
pub(crate) fn mcp_library_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

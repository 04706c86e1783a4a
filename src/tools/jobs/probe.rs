//! For tests: jobs of the demo factory.

use serde_json::Value;

use crate::tools::probe::sql;

/// The first live job of tenant A in this state.
pub(in crate::tools::jobs) fn job_that_is(status: &str) -> Value {
    sql(&format!(
        "SELECT id FROM mes.jobs
          WHERE tenant_id = mes_demo_id('A') AND deleted_at IS NULL AND status = '{status}' ORDER BY id LIMIT 1"
    ))
}

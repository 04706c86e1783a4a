//! Rows that a caller names by id or by the number or name that people use.

use serde_json::json;
use uuid::Uuid;

use crate::error::ToolError;
use crate::pg::query::{self, uuid};
use crate::run::tool::Call;
use crate::sql_args;

/// How many rows a refusal of an ambiguous name shows.
const MAX_CANDIDATES: usize = 10;

/// A kind of row that people name.
pub(in crate::tools) struct Kind {
    /// What it is called in an error.
    what: &'static str,
    /// The argument that holds its number or name.
    field: &'static str,
    /// The SQL expression of that number or name.
    name: &'static str,
    /// The live rows `t`, with the `WHERE`.
    rows: &'static str,
}

/// A job by `job_number`.
pub(in crate::tools) const JOB: Kind = Kind {
    what: "job",
    field: "job_number",
    name: "t.job_number",
    rows: "jobs t WHERE t.tenant_id = $1 AND t.deleted_at IS NULL",
};

/// A part by `part_number`.
pub(in crate::tools) const PART: Kind = Kind {
    what: "part",
    field: "part_number",
    name: "t.part_number",
    rows: "parts t JOIN jobs j ON j.tenant_id = t.tenant_id AND j.id = t.job_id AND j.deleted_at IS NULL \
           WHERE t.tenant_id = $1 AND t.deleted_at IS NULL",
};

/// A cell by `cell_name`.
pub(in crate::tools) const CELL: Kind = Kind {
    what: "cell",
    field: "cell_name",
    name: "t.name",
    rows: "cells t WHERE t.tenant_id = $1 AND t.deleted_at IS NULL",
};

/// A resource by `resource_name`.
pub(in crate::tools) const RESOURCE: Kind = Kind {
    what: "resource",
    field: "resource_name",
    name: "t.name",
    rows: "resources t WHERE t.tenant_id = $1 AND t.deleted_at IS NULL",
};

/// An NCR by `ncr_number`.
pub(in crate::tools) const NCR: Kind = Kind {
    what: "NCR",
    field: "ncr_number",
    name: "t.ncr_number",
    rows: "issues t WHERE t.tenant_id = $1 AND t.issue_type = 'ncr'",
};

/// A scrap reason by `scrap_reason_code`, also one that is switched off.
pub(in crate::tools) const SCRAP_REASON: Kind = Kind {
    what: "scrap reason",
    field: "scrap_reason_code",
    name: "t.code",
    rows: "scrap_reasons t WHERE t.tenant_id = $1",
};

/// The id of the one row that a caller named. An id is taken as it is: whether there is such a row, the tool's own statement finds out.
///
/// # Errors
/// `invalid_arguments` when none or both were given, or when the name fits several rows, with these as `candidates`; `not_found`.
pub(in crate::tools) fn one(
    call: &Call,
    kind: &Kind,
    id_field: &str,
    id: Option<Uuid>,
    name: Option<&str>,
) -> Result<Uuid, ToolError> {
    optional(call, kind, id_field, id, name)?
        .ok_or_else(|| ToolError::invalid(id_field, format!("give {id_field} or {}", kind.field)))
}

/// As [`one`], but nothing for a caller who named none.
pub(in crate::tools) fn optional(
    call: &Call,
    kind: &Kind,
    id_field: &str,
    id: Option<Uuid>,
    name: Option<&str>,
) -> Result<Option<Uuid>, ToolError> {
    match (id, name) {
        (Some(_), Some(_)) => {
            Err(ToolError::invalid(kind.field, format!("give {id_field} or {}, not both", kind.field)))
        }
        (None, Some(name)) => named(call, kind, name).map(Some),
        (id, None) => Ok(id),
    }
}

/// First as it is written, by an index; only then without regard to upper and lower case, which looks at all of the tenant's rows.
fn named(call: &Call, kind: &Kind, name: &str) -> Result<Uuid, ToolError> {
    let Kind { what, field, name: column, rows } = kind;
    for condition in [format!("{column} = $2"), format!("lower({column}) = lower($2)")] {
        let sql = format!("SELECT t.id, {column} FROM {rows} AND {condition} ORDER BY {column}, t.id LIMIT $3");
        let most = i64::try_from(MAX_CANDIDATES + 1).unwrap_or(i64::MAX);
        let mut found = query::read(&sql, sql_args![uuid(call.tenant), name, most], |rows| {
            rows.map(|row| Ok((row.get::<pgrx::Uuid>(1)?, row.get::<String>(2)?))).collect::<Result<Vec<_>, _>>()
        });
        let more = found.len() > MAX_CANDIDATES;
        found.truncate(MAX_CANDIDATES);
        let ids: Vec<_> = found.iter().filter_map(|(id, _)| id.map(query::from_uuid)).collect();
        match ids[..] {
            [] => {}
            [id] => return Ok(id),
            _ => {
                let candidates = ids.iter().zip(&found).map(|(id, (_, name))| json!({"id": id, *field: name}));
                return Err(ToolError::invalid(field, format!("{field} fits several {what}s"))
                    .hint("give the id of one of the candidates")
                    .with("candidates", candidates.collect::<Vec<_>>())
                    .with("more_candidates", more));
            }
        }
    }
    Err(ToolError::not_found(what, &name))
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::tools::probe::{call, demo, id, refused};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn a_number_is_taken_as_written_first_and_then_in_any_case() {
        demo();
        let parts =
            |number: &str| call("A", "fetch_parts", &json!({"job_number": number, "limit": 1}))["parts"][0].clone();
        assert_eq!(parts("job-1012")["job_id"], json!(id("A/job/JOB-1012")));
        Spi::run("UPDATE mes.jobs SET job_number = 'job-1012' WHERE id = mes_demo_id('A/job/JOB-1013')")
            .expect("a job");
        assert_eq!(parts("job-1012")["job_id"], json!(id("A/job/JOB-1013")));
        let several = refused("A", "fetch_parts", &json!({"job_number": "Job-1012"}));
        assert_eq!((&several["code"], &several["field"]), (&json!("invalid_arguments"), &json!("job_number")));
        assert_eq!(several["candidates"].as_array().map(Vec::len), Some(2));
        let both = refused("A", "fetch_parts", &json!({"job_number": "JOB-1012", "job_id": id("A/job/JOB-1012")}));
        assert_eq!(both["code"], "invalid_arguments");
        for missing in ["JOB-1041", "JOB-9999", "%"] {
            let error = refused("A", "fetch_parts", &json!({"job_number": missing}));
            assert_eq!(error["message"], format!("job not found: {missing}"));
        }
    }
}

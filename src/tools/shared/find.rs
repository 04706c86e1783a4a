//! Rows that a caller names by id or by the number or name that people use.

use serde_json::json;
use uuid::Uuid;

use crate::core::fold::name_forms;
use crate::error::ToolError;
use crate::pg::args::from_uuid;
use crate::pg::statement::{Choice, Fill, Part, Statement};
use crate::run::tool::Call;
use crate::sql_args;
use crate::statement;
use crate::tools::shared::RULES;

/// How many rows a refusal of an ambiguous name shows.
const MAX_CANDIDATES: usize = 10;

/// A kind of row that people name.
pub(in crate::tools) struct Kind {
    /// What it is called in an error.
    what: &'static str,
    /// The argument that holds its number or name.
    field: &'static str,
    /// The rows with a name: `$2` is the name or its forms, `$3` the most rows.
    named: &'static Statement,
}

const NAMED: &str = "SELECT t.id, t.{{name}} FROM {{rows}} AND {{fits}} ORDER BY t.{{name}}, t.id LIMIT $3";

/// As it is written, by an index; as people read it, which looks at all of the tenant's rows.
const FITS: &[Part] = &[
    Part::one_of("fit", "as_written", "fits", "t.{{name}} = ($2)[1]"),
    Part::one_of("fit", "as_read", "fits", "{{extension}}.mcp_name_forms(t.{{name}}) && $2"),
];

/// A kind of row: its constant, what it is called, the argument and the column of its name, and the live rows `t`, with the `WHERE`.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $named:ident: $what:literal, $field:literal, $column:literal, $rows:expr;)*) => {$(
        statement! {
            static $named = NAMED; [Uuid, TextArray, Int8]
                => rules(&[RULES]), fills(&[("name", Fill::Text($column)), ("rows", Fill::Text($rows))]), parts(&[FITS]);
        }
        $(#[$doc])*
        pub(in crate::tools) static $kind: Kind = Kind { what: $what, field: $field, named: &$named };
    )*};
}

kinds! {
    /// A job by `job_number`.
    JOB, JOBS: "job", "job_number", "job_number", "{{mes}}.jobs t WHERE t.tenant_id = $1 AND t.deleted_at IS NULL";
    /// A part by `part_number`.
    PART, PARTS: "part", "part_number", "part_number",
        "{{mes}}.parts t JOIN {{mes}}.jobs j ON j.tenant_id = t.tenant_id AND j.id = t.job_id AND j.deleted_at IS NULL \
         WHERE t.tenant_id = $1 AND t.deleted_at IS NULL";
    /// A cell by `cell_name`.
    CELL, CELLS: "cell", "cell_name", "name", "{{mes}}.cells t WHERE t.tenant_id = $1 AND t.deleted_at IS NULL";
    /// A resource by `resource_name`.
    RESOURCE, RESOURCES: "resource", "resource_name", "name",
        "{{mes}}.resources t WHERE t.tenant_id = $1 AND t.deleted_at IS NULL";
    /// An NCR by `ncr_number`.
    NCR, NCRS: "NCR", "ncr_number", "ncr_number", "{{numbered_issues}} t WHERE t.tenant_id = $1 AND t.issue_type = 'ncr'";
    /// A scrap reason by `scrap_reason_code`, including inactive ones.
    SCRAP_REASON, SCRAP_REASONS: "scrap reason", "scrap_reason_code", "code",
        "{{mes}}.scrap_reasons t WHERE t.tenant_id = $1";
    /// A person with a profile or an operator of the shop floor, by `assignee_name`: full name, user name or employee number.
    ASSIGNEE, ASSIGNEES: "person", "assignee_name", "name", include_str!("people.sql");
}

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

/// First as it is written; only then as people read it.
fn named(call: &Call, kind: &Kind, name: &str) -> Result<Uuid, ToolError> {
    let Kind { what, field, named } = kind;
    for (fit, forms) in [("as_written", vec![name.to_owned()]), ("as_read", Vec::from(name_forms(name)))] {
        let mut choice = Choice::none();
        choice.part(fit);
        let most = i64::try_from(MAX_CANDIDATES + 1).unwrap_or(i64::MAX);
        let mut found = call.query(named, &choice, sql_args![forms, most], |rows| {
            rows.map(|row| Ok((row.get::<pgrx::Uuid>(1)?, row.get::<String>(2)?))).collect::<Result<Vec<_>, _>>()
        });
        // A person may have one name twice.
        found.dedup_by_key(|(id, _)| *id);
        let more = found.len() > MAX_CANDIDATES;
        found.truncate(MAX_CANDIDATES);
        let ids: Vec<_> = found.iter().filter_map(|(id, _)| id.map(from_uuid)).collect();
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
    use crate::tools::probe::{call, demo, id, refused, sql};
    use pgrx::prelude::*;
    use serde_json::json;

    #[pg_test]
    fn a_number_is_taken_as_written_first_and_then_as_people_read_it() {
        demo();
        let parts =
            |number: &str| call("A", "fetch_parts", &json!({"job_number": number, "limit": 1}))["parts"][0].clone();
        for number in ["job-1012", " JOB-1012 ", "JOB 1012", "Job \u{2013} 10 12", "ＪＯＢ\u{2011}1012"] {
            assert_eq!(parts(number)["job_id"], json!(id("A/job/JOB-1012")), "{number}");
        }
        Spi::run("UPDATE mes.jobs SET job_number = 'job-1012' WHERE id = mes_demo_id('A/job/JOB-1013')")
            .expect("a job");
        assert_eq!(parts("job-1012")["job_id"], json!(id("A/job/JOB-1013")));
        assert_eq!(parts("JOB-1012")["job_id"], json!(id("A/job/JOB-1012")));
        let several = refused("A", "fetch_parts", &json!({"job_number": "Job 1012"}));
        assert_eq!((&several["code"], &several["field"]), (&json!("invalid_arguments"), &json!("job_number")));
        assert_eq!(several["candidates"].as_array().map(Vec::len), Some(2));
        let both = refused("A", "fetch_parts", &json!({"job_number": "JOB-1012", "job_id": id("A/job/JOB-1012")}));
        assert_eq!(both["code"], "invalid_arguments");
        for missing in ["JOB-1041", "JOB-9999", "%", "  ", "\u{301}", "JOB-101", "1012"] {
            let error = refused("A", "fetch_parts", &json!({"job_number": missing}));
            assert_eq!(error["message"], format!("job not found: {missing}"));
        }
    }

    #[pg_test]
    fn names_of_every_kind_are_found_as_people_read_them() {
        demo();
        Spi::run(
            "UPDATE mes.parts SET part_number = normalize('Tür-7', NFD) WHERE id = mes_demo_id('A/part/P-1012-09');
             UPDATE mes.cells SET name = 'Schweißen' WHERE id = mes_demo_id('A/cell/Welding')",
        )
        .expect("names");
        let number = sql("SELECT min(ncr_number) FROM mes.issues WHERE tenant_id = mes_demo_id('A')");
        let spaced = number.as_str().expect("a number").to_lowercase().replace('-', " ");
        for (tool, arguments, field) in [
            ("fetch_operations", json!({"part_number": "TÜR 7"}), "operations"),
            ("fetch_operations", json!({"cell_name": "SCHWEISSEN"}), "operations"),
            ("fetch_ncrs", json!({"ncr_number": spaced}), "ncrs"),
            ("fetch_parts", json!({"part_number": "tur 7"}), "parts"),
        ] {
            assert_ne!(call("A", tool, &arguments)[field][0], json!(null), "{tool} {arguments}");
        }
    }

    #[pg_test]
    fn another_tenants_numbers_are_no_candidates() {
        demo();
        Spi::run("UPDATE mes.jobs SET job_number = 'JOB 1012' WHERE id = mes_demo_id('B/job/JOB-1001')")
            .expect("a job");
        let of = |tenant: &str| {
            call(tenant, "fetch_parts", &json!({"job_number": "job 1012", "limit": 1}))["parts"][0]["job_id"].clone()
        };
        assert_eq!(of("A"), json!(id("A/job/JOB-1012")));
        assert_eq!(of("B"), json!(id("B/job/JOB-1001")));
    }
}

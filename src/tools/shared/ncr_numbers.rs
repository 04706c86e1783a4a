//! The numbers of NCRs. An application may have no place for them, and writes NCRs without one: then the side tables `mcp_ncr_numbers` and
//! `mcp_ncr_counters` hold them. An NCR of a tool gets its number when it is made; one of the application, when it is first seen.

use crate::pg::shape::{Piece, Shape};

/// Whether the numbers are in the application's own tables.
pub(in crate::tools) const fn are_the_hosts(shape: Shape) -> bool {
    shape.has(Piece::NcrNumber) && shape.has(Piece::NcrCounters)
}

/// The number of an issue `i`.
pub(super) fn number(shape: Shape) -> &'static str {
    if are_the_hosts(shape) {
        "i.ncr_number"
    } else if shape.has(Piece::NcrNumber) {
        "coalesce(i.ncr_number, {{side_ncr_number}})"
    } else {
        "{{side_ncr_number}}"
    }
}

/// The side table's number of an issue `i`.
pub(super) const SIDE_NUMBER: &str =
    "(SELECT nn.ncr_number FROM {{extension}}.mcp_ncr_numbers nn WHERE nn.tenant_id = $1 AND nn.issue_id = i.id)";

/// The issues with their columns `tenant_id`, `id`, `issue_type` and `ncr_number`, as a table that an index finds by its number.
pub(super) fn numbered(shape: Shape) -> &'static str {
    if are_the_hosts(shape) {
        "{{mes}}.issues"
    } else if shape.has(Piece::NcrNumber) {
        "(SELECT i.tenant_id, i.id, i.issue_type, {{ncr_number}} AS ncr_number FROM {{mes}}.issues i)"
    } else {
        "(SELECT nn.tenant_id, nn.issue_id AS id, i.issue_type, nn.ncr_number \
            FROM {{extension}}.mcp_ncr_numbers nn \
            JOIN {{mes}}.issues i ON i.tenant_id = nn.tenant_id AND i.id = nn.issue_id)"
    }
}

/// The table of the counters.
pub(super) fn counters(shape: Shape) -> &'static str {
    if are_the_hosts(shape) { "{{mes}}.ncr_counters" } else { "{{extension}}.mcp_ncr_counters" }
}

/// Whether an issue `i` is an NCR without a number.
pub(super) fn is_unnumbered(shape: Shape) -> &'static str {
    if shape.has(Piece::NcrNumber) {
        "i.issue_type = 'ncr' AND i.ncr_number IS NULL AND NOT EXISTS {{side_ncr_number}}"
    } else {
        "i.issue_type = 'ncr' AND NOT EXISTS {{side_ncr_number}}"
    }
}

/// The highest number of the year of a counter `c`. The application may number NCRs itself.
pub(super) fn highest(shape: Shape) -> &'static str {
    if shape.has(Piece::NcrNumber) {
        "greatest(c.last_number, (SELECT max(substring(i.ncr_number FROM '^NCR-[0-9]+-0*([0-9]{1,9})$')::integer) \
            FROM {{mes}}.issues i WHERE i.tenant_id = $1 AND i.ncr_number LIKE 'NCR-' || c.year || '-%'))"
    } else {
        "c.last_number"
    }
}

/// The year whose numbers an NCR `i` takes, in the factory's time zone.
pub(super) const YEAR: &str = "extract(year FROM coalesce(i.created_at, now()) AT TIME ZONE {{time_zone}})::integer";

/// The number that a row `n` of the counters stands at. After 9999 it grows to five digits.
pub(super) const NUMBER: &str =
    "'NCR-' || n.year || '-' || lpad(n.last_number::text, greatest(4, length(n.last_number::text)), '0')";

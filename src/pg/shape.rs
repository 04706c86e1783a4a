//! What an attached schema has of the columns and tables that a live database may lack. Where one is missing, statements take it from a
//! side table of the extension.

use std::ffi::CString;

use pgrx::pg_sys;

use crate::names::TENANT_ROLE;

/// A column or table that a MES schema may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The column `jobs.started_at`.
    JobStart,
    /// The column `jobs.completed_at`.
    JobCompletion,
    /// The column `issues.ncr_number`.
    NcrNumber,
    /// The table `ncr_counters`.
    NcrCounters,
    /// That `issues.status` cannot be null. An issue without one is pending.
    IssueStatus,
    /// The application's own table `mcp_server_config`, which the sandbox may read. Only a live database has it.
    ServerConfig,
    /// Its column `features`.
    ServerFeatures,
}

impl Piece {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The pieces that a schema has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape(u8);

impl Shape {
    /// Everything that the extension's own MES schema has.
    pub const COMPLETE: Self =
        Self::of(&[Piece::JobStart, Piece::JobCompletion, Piece::NcrNumber, Piece::NcrCounters, Piece::IssueStatus]);

    /// A schema with these pieces.
    #[must_use]
    pub const fn of(mut pieces: &[Piece]) -> Self {
        let mut shape = Self(0);
        while let [piece, rest @ ..] = pieces {
            shape.0 |= piece.bit();
            pieces = rest;
        }
        shape
    }

    /// Whether the schema has the piece.
    #[must_use]
    pub const fn has(self, piece: Piece) -> bool {
        self.0 & piece.bit() != 0
    }

    /// The shape of a schema, as it is now. It is asked for each call: the look-ups are those of the parser, in the catalog's caches.
    #[must_use]
    pub fn now(mes_schema: &str) -> Self {
        // SAFETY: a look-up in the catalog's caches, inside a transaction, of a name that ends with NUL.
        let schema = unsafe { pg_sys::get_namespace_oid(c_string(mes_schema).as_ptr(), true) };
        let (jobs, issues) = (relation(schema, "jobs"), relation(schema, "issues"));
        let config = relation(schema, "mcp_server_config");
        let pieces = [
            (Piece::JobStart, has(jobs, "started_at", &[pg_sys::TIMESTAMPTZOID])),
            (Piece::JobCompletion, has(jobs, "completed_at", &[pg_sys::TIMESTAMPTZOID])),
            (Piece::NcrNumber, has(issues, "ncr_number", &[pg_sys::TEXTOID, pg_sys::VARCHAROID])),
            (Piece::IssueStatus, is_not_null(issues, "status")),
            (Piece::NcrCounters, has_ncr_counters(schema)),
            (
                Piece::ServerConfig,
                has_switch(config, "tenant_id", pg_sys::UUIDOID) && has_switch(config, "enabled", pg_sys::BOOLOID),
            ),
            (Piece::ServerFeatures, has_switch(config, "features", pg_sys::JSONBOID)),
        ];
        Self(pieces.into_iter().filter(|(_, has)| *has).fold(0, |bits, (piece, _)| bits | piece.bit()))
    }
}

/// Whether the schema has the table of counters, and not only one of its name.
fn has_ncr_counters(schema: pg_sys::Oid) -> bool {
    let counters = relation(schema, "ncr_counters");
    [("tenant_id", pg_sys::UUIDOID), ("year", pg_sys::INT4OID), ("last_number", pg_sys::INT4OID)]
        .iter()
        .all(|(column, of)| has(counters, column, &[*of]))
}

fn c_string(name: &str) -> CString {
    CString::new(name).expect("an identifier has no NUL")
}

/// The table of this name; 0 if there is none, or no schema.
fn relation(schema: pg_sys::Oid, name: &str) -> pg_sys::Oid {
    // SAFETY: a look-up in the catalog's caches, inside a transaction, of a name that ends with NUL.
    unsafe { pg_sys::get_relname_relid(c_string(name).as_ptr(), schema) }
}

/// Whether a table has this column, of one of these types.
fn has(table: pg_sys::Oid, column: &str, types: &[pg_sys::Oid]) -> bool {
    // SAFETY: look-ups in the catalog's caches, inside a transaction; both know of no column of a table that does not exist.
    unsafe {
        let number = pg_sys::get_attnum(table, c_string(column).as_ptr());
        number > 0 && types.contains(&pg_sys::get_atttype(table, number))
    }
}

/// Whether a table has this column, and it is NOT NULL.
fn is_not_null(table: pg_sys::Oid, column: &str) -> bool {
    // SAFETY: a look-up in the catalog's caches, inside a transaction; the row is read before it is released.
    unsafe {
        let row = pg_sys::SearchSysCacheAttName(table, c_string(column).as_ptr());
        if row.is_null() {
            return false;
        }
        let is_not_null = (*pg_sys::GETSTRUCT(row).cast::<pg_sys::FormData_pg_attribute>()).attnotnull;
        pg_sys::ReleaseSysCache(row);
        is_not_null
    }
}

/// Whether a table of the application has this column of this type, and the sandbox may read it.
fn has_switch(table: pg_sys::Oid, column: &str, of: pg_sys::Oid) -> bool {
    has(table, column, &[of]) && may_read(table, column)
}

/// Whether the sandbox's role may read a column that exists.
fn may_read(table: pg_sys::Oid, column: &str) -> bool {
    let role = c_string(TENANT_ROLE);
    // SAFETY: look-ups in the catalog's caches, inside a transaction, of names that end with NUL.
    unsafe {
        let role = pg_sys::get_role_oid(role.as_ptr(), true);
        let number = pg_sys::get_attnum(table, c_string(column).as_ptr());
        let select = pg_sys::ACL_SELECT as pg_sys::AclMode;
        pg_sys::pg_attribute_aclcheck(table, number, role, select) == pg_sys::AclResult::ACLCHECK_OK
            || pg_sys::pg_class_aclcheck(table, role, select) == pg_sys::AclResult::ACLCHECK_OK
    }
}

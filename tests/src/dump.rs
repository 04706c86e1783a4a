//! What `pg_dump` writes.

use crate::cluster::text;
use crate::database::Database;

impl Database {
    /// Its schema, as `pg_dump` writes it, without the random token of each dump.
    #[must_use]
    pub fn schema_dump(&self) -> String {
        let dump = text(self.cluster().program("pg_dump").args(["--schema-only", self.name()]));
        dump.lines()
            .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
            .fold(String::new(), |dump, line| dump + line + "\n")
    }
}

//! The contents of the demo factory.

use crate::database::{Session, demo_id};

/// Every table of the attached schema, with the condition that a row is a tenant's, and whether tools may read it. A link table without
/// `tenant_id` (there are some in a live database) is placed by its first reference.
const TABLES: &str = "SELECT format('%I.%I', n.nspname, c.relname),
        CASE WHEN c.relname = 'tenants' THEN 'id = $tenant'
             WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id' AND NOT attisdropped) THEN 'tenant_id = $tenant'
             ELSE format('%I IN (SELECT id FROM %I.%I WHERE tenant_id = $tenant)', split_part(l.reference, ' > ', 1), n.nspname,
                         split_part(l.reference, ' > ', 2)) END,
        has_any_column_privilege('eryxon_mcp_tenant', c.oid, 'SELECT')
   FROM mcp_settings s
   JOIN pg_namespace n ON n.nspname = s.mes_schema
   JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
   LEFT JOIN mcp_mes_tables() m ON m.table_name = c.relname
  CROSS JOIN LATERAL (SELECT split_part(m.tenant_path, ',', 1) AS reference) l
  ORDER BY 1";

/// A table of the attached schema.
#[derive(Debug)]
pub struct Table {
    /// Its name with its schema.
    pub name: String,
    /// Whether tools may read it.
    pub readable: bool,
    of_tenant: String,
}

impl Table {
    /// The condition that a row belongs to a tenant.
    #[must_use]
    pub fn of(&self, tenant: &str) -> String {
        self.of_tenant.replace("$tenant", &format!("'{}'", demo_id(tenant)))
    }
}

/// The tables, by name.
///
/// # Panics
/// If the catalog cannot be read.
pub async fn tables(superuser: &Session) -> Vec<Table> {
    let rows = superuser.query(TABLES, &[]).await.expect("the catalog can be read");
    rows.iter().map(|row| Table { name: row.get(0), of_tenant: row.get(1), readable: row.get(2) }).collect()
}

/// A digest of everything that a tenant has in the attached schema, except the audit trail of calls.
pub async fn digest(superuser: &Session, tenant: &str) -> String {
    let mut sql = String::from("SELECT md5(concat(''");
    for table in tables(superuser).await.iter().filter(|table| !table.name.ends_with(".activity_log")) {
        sql += &format!(
            ", (SELECT string_agg(md5(t::text), '' ORDER BY t::text) FROM {} t WHERE {})",
            table.name,
            table.of(tenant)
        );
    }
    superuser.text(&(sql + "))")).await
}

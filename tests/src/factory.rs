//! The contents of the demo factory.

use crate::database::{Session, demo_id};

/// Every table of the MES schema, with the column that holds the tenant.
const TABLES: &str = "SELECT c.relname::text, CASE c.relname WHEN 'tenants' THEN 'id' ELSE 'tenant_id' END,
        has_any_column_privilege('eryxon_mcp_tenant', c.oid, 'SELECT')
   FROM pg_class c WHERE c.relnamespace = 'mes'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1";

/// The tables: name, the column that holds the tenant, whether tools may read it.
///
/// # Panics
/// If the catalog cannot be read.
pub async fn tables(superuser: &Session) -> Vec<(String, String, bool)> {
    let rows = superuser.query(TABLES, &[]).await.expect("the catalog can be read");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// A digest of everything that a tenant has in the MES schema, except the audit trail of calls.
pub async fn digest(superuser: &Session, tenant: &str) -> String {
    let mut sql = String::from("SELECT md5(concat(''");
    for (table, column, _) in tables(superuser).await.iter().filter(|table| table.0 != "activity_log") {
        sql += &format!(
            ", (SELECT string_agg(md5(t::text), '' ORDER BY t::text) FROM mes.{table} t WHERE {column} = '{}')",
            demo_id(tenant)
        );
    }
    superuser.text(&(sql + "))")).await
}

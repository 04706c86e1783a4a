//! The demo factory in the tables of a live database, so that what is written for the one is tested on the other, too.

use super::{Columns, Owner, PLATFORM, cluster, files, once};
use crate::database::{Database, one_installs};

/// Replaces what is in the application's tables by what is in those of the schema `demo`, as far as there is a place for it. Without
/// triggers, which would write rows of their own.
const COPY: &str = "
SET session_replication_role = replica;
DO $copy$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'mes'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('DELETE FROM %s', t.name);
    END LOOP;
    DELETE FROM auth.users;
    INSERT INTO auth.users (id, email) SELECT id, email FROM demo.profiles;
    -- Unique over all tenants.
    UPDATE demo.profiles SET employee_id = employee_id || left(tenant_id::text, 4);
    ALTER TABLE mes.operators ALTER COLUMN pin_hash SET DEFAULT 'none';
    FOR t IN
        SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS into_columns,
               string_agg(CASE y.typtype WHEN 'e' THEN format('%I::text::mes.%I', a.attname, y.typname) ELSE quote_ident(a.attname) END,
                          ', ' ORDER BY a.attnum) AS from_columns
          FROM pg_class c
          JOIN pg_class d ON d.relname = c.relname AND d.relnamespace = 'demo'::regnamespace AND d.relkind = 'r'
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
          JOIN pg_attribute b ON b.attrelid = d.oid AND b.attname = a.attname AND NOT b.attisdropped
          JOIN pg_type y ON y.oid = a.atttypid
         WHERE c.relnamespace = 'mes'::regnamespace
         GROUP BY c.relname
    LOOP
        EXECUTE format('INSERT INTO mes.%I (%s) SELECT %s FROM demo.%1$I', t.relname, t.into_columns, t.from_columns);
    END LOOP;
    ALTER TABLE mes.operators ALTER COLUMN pin_hash DROP DEFAULT;
END
$copy$;";

/// The demo factory in a live database, attached, with a gateway: the application is in the schema `mes`, and the extension in `public`,
/// as in [`Database::fresh`].
#[must_use]
pub fn factory(owner: Owner, columns: Columns) -> Database {
    let name = format!("factory_{owner:?}_{columns:?}").to_lowercase();
    let template = once(name, |name| {
        make(name, owner, columns);
        cluster().psql(name, "SELECT mcp_detach_mes('demo'); DROP SCHEMA demo CASCADE; SELECT mcp_attach_mes('mes')");
    });
    let database = Database::copy_of(cluster(), &template, owner.role());
    database.make_gateway();
    database
}

/// The same rows twice: in our own schema `demo`, which is attached, and in the application's schema `mes`.
#[must_use]
pub fn factory_and_twin(owner: Owner, columns: Columns) -> Database {
    let template = once(format!("twins_{owner:?}_{columns:?}").to_lowercase(), |name| make(name, owner, columns));
    Database::copy_of(cluster(), &template, owner.role())
}

/// The demo factory in our own schema and in the application's.
fn make(name: &str, owner: Owner, columns: Columns) {
    let (cluster, role) = (cluster(), owner.role());
    let in_mes = |file: &str| file.replace("public", "mes").replace("{owner}", role);
    cluster.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 OWNER {role}"));
    cluster.psql(name, &format!("CREATE SCHEMA mes AUTHORIZATION {role}; ALTER SCHEMA public OWNER TO postgres"));
    cluster.psql(name, &in_mes(PLATFORM));
    for file in files(columns) {
        cluster.psql(name, &format!("SET ROLE {role}; SET search_path = mes; {}", in_mes(file)));
    }
    let installing = one_installs();
    cluster.psql(name, "CREATE EXTENSION eryxon_mcp; SELECT mes_create_schema('demo'); SELECT mes_seed_demo()");
    drop(installing);
    cluster.psql(name, COPY);
}

//! Installations in which the same privileges are expected.

use std::sync::OnceLock;

use eryxon_mcp_tests::database::one_installs;
use eryxon_mcp_tests::live::{Live, Owner, SCHEMA};
use eryxon_mcp_tests::{Cluster, Database, Options};

/// A database with the extension, the demo factory, and a row of A and of B in each table that holds rows of tenants.
pub struct Installation {
    pub name: &'static str,
    pub db: Database,
    /// The quoted schema of the extension.
    pub schema: &'static str,
    /// The role of the web application.
    pub member: &'static str,
}

/// Roles are the same in all databases of a cluster, and these tests need names of their own, such as `authenticated`.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<&'static Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start(&Options::default())));
        cluster.psql(
            "postgres",
            "CREATE ROLE nobody LOGIN; CREATE ROLE web LOGIN; CREATE ROLE operator LOGIN; CREATE ROLE anon; CREATE ROLE service_role",
        );
        cluster
    })
}

/// In `public`, in a schema of its own, under default privileges, and beside a live application.
pub fn installations() -> [Installation; 4] {
    [
        Installation::new("in public", "public", "web", ""),
        Installation::new("in a schema of its own", "\"My MCP\"", "web", "CREATE SCHEMA \"My MCP\";"),
        Installation::supabase(),
        Installation::live(),
    ]
}

impl Installation {
    fn new(name: &'static str, schema: &'static str, member: &'static str, before: &str) -> Self {
        let _one = one_installs();
        let db = Database::empty_in(cluster());
        db.psql(&format!(
            "{before} CREATE EXTENSION eryxon_mcp SCHEMA {schema};
             SET search_path = {schema}; SELECT mes_create_schema('mes'); SELECT mes_seed_demo();
             SELECT create_mcp_gateway('{}'); SELECT mcp_grant_member('{member}'); GRANT eryxon_mcp_owner TO operator",
            db.gateway_name()
        ));
        let installation = Self { name, db, schema, member };
        installation.use_it();
        installation
    }

    /// Supabase's default privileges: the API's roles get everything on whatever is created.
    pub fn supabase() -> Self {
        let grants: String = ["TABLES", "SEQUENCES", "FUNCTIONS", "TYPES"]
            .map(|kind| format!("ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO anon, authenticated, service_role;"))
            .concat();
        let authenticated =
            "DO $$ BEGIN IF to_regrole('authenticated') IS NULL THEN CREATE ROLE authenticated; END IF; END $$;";
        Self::new("under default privileges", "public", "authenticated", &format!("{authenticated} {grants}"))
    }

    /// Beside the application of the live fixture, whose tables are attached.
    fn live() -> Self {
        let live = Live::new(Owner::Plain);
        live.install();
        live.attach();
        live.psql(&format!(
            "CREATE ROLE nobody LOGIN; CREATE ROLE operator LOGIN; GRANT eryxon_mcp_owner TO operator;
             SELECT {SCHEMA}.create_mcp_gateway('{}')",
            live.gateway_name()
        ));
        let installation = Self {
            name: "beside a live application",
            db: live.into_database(),
            schema: SCHEMA,
            member: "authenticated",
        };
        installation.use_it();
        installation
    }

    /// Rows of A and of B, of different numbers, in each table that has a tenant.
    fn use_it(&self) {
        let (db, schema) = (&self.db, self.schema);
        for tenant in ["A", "A", "B"] {
            db.psql(&format!(
                "SET search_path = {schema};
                 CREATE TEMP TABLE made AS SELECT * FROM generate_mcp_key(mes_demo_id('{tenant}'), 'probe ' || gen_random_uuid());
                 SELECT mcp_call_tool(api_key, 'fetch_jobs', '{{\"limit\": 1}}') FROM made;
                 SELECT mcp_call_tool(api_key, 'no_such_tool') FROM made;
                 SELECT mcp_heartbeat(api_key, 'online') FROM made;
                 SELECT log_mcp_server_activity(mes_demo_id('{tenant}'), 'probe', 'a message');
                 INSERT INTO mcp_server_config (tenant_id, supabase_url) VALUES (mes_demo_id('{tenant}'), 'x') ON CONFLICT DO NOTHING;
                 INSERT INTO mcp_job_times (tenant_id, job_id) VALUES (mes_demo_id('{tenant}'), gen_random_uuid());
                 INSERT INTO mcp_ncr_numbers VALUES (mes_demo_id('{tenant}'), gen_random_uuid(), gen_random_uuid());
                 INSERT INTO mcp_ncr_counters VALUES (mes_demo_id('{tenant}'), (random() * 1e6)::integer, 1)"
            ));
        }
        // A tenant has only one configuration, so one of somebody else makes the total differ from what A or B sees.
        db.psql(&format!(
            "SET search_path = {schema};
             INSERT INTO mcp_server_config (tenant_id, supabase_url) VALUES (mes_demo_id('C'), 'x') ON CONFLICT DO NOTHING;
             INSERT INTO mcp_job_times (tenant_id, job_id) VALUES (mes_demo_id('C'), gen_random_uuid());
             INSERT INTO mcp_ncr_numbers VALUES (mes_demo_id('C'), gen_random_uuid(), gen_random_uuid());
             INSERT INTO mcp_ncr_counters VALUES (mes_demo_id('C'), (random() * 1e6)::integer, 1)"
        ));
    }
}

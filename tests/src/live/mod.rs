//! A live database of Eryxon Flow, as `tests/fixtures/live` describes it: the application's own tables, owner, roles, policies, triggers
//! and MCP layer in the schema `public`, and no extension yet.
//!
//! Its roles are those of a whole cluster, so these databases have a cluster of their own. The ids are [`crate::demo_id`]s, as in the demo
//! factory: `A` is a tenant, `A/job/JOB-1001` one of its jobs.

mod factory;
mod view;
mod writes;

use std::ops::Deref;
use std::sync::{Mutex, OnceLock, PoisonError};

pub use factory::{factory, factory_and_twin};
pub use view::{CALLS, View, application_view, differences, with_ids};
pub use writes::{WRITES, application_writes};

use crate::cluster::Cluster;
use crate::database::{Database, Key, Session, demo_id, one_installs};

/// The schema into which [`Live::install`] puts the extension.
pub const SCHEMA: &str = "eryxon_mcp";

/// The application's keys: tenant, name, clear form (41 characters).
pub const KEYS: [(&str, &str, &str); 8] = [
    ("A", "Production", "mcp_live_k7Q-A_Production_01-fixture-only"),
    ("A", "Reporting", "mcp_live_Zp0-A_Reporting__02-fixture-only"),
    ("A", "Old integration", "mcp_live_0ld-A_Disabled___03-fixture-only"),
    ("A", "Unknown tools", "mcp_live_uNk-A_Unknown____04-fixture-only"),
    ("A", "No list", "mcp_live_n0L-A_NoList_____05-fixture-only"),
    ("A", "Test bench", "mcp_test_tB1-A_TestBench__06-fixture-only"),
    ("B", "Production", "mcp_live_k7Q-B_Production_07-fixture-only"),
    ("B", "Dashboard", "mcp_live_dSh-B_Dashboard__08-fixture-only"),
];

/// Who owns the tables. Neither is a superuser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// `app_owner`.
    Plain,
    /// `app_owner_bypassrls`, which bypasses row-level security.
    Bypassrls,
}

/// Whether `jobs.started_at`, `jobs.completed_at` and `issues.ncr_number` are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// No.
    Missing,
    /// Yes, but the application never fills them.
    NeverFilled,
}

/// Who asks the application's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// Anna de Vries.
    AdminOfA,
    /// Jan Smit.
    OperatorOfA,
    /// Grace Nordhaus.
    AdminOfB,
    /// Jan Smit, of the other tenant.
    OperatorOfB,
    /// Signed up, without a profile.
    Stranger,
    /// Without a token.
    Anon,
    /// The application's own server, which bypasses row-level security.
    ServiceRole,
    /// The tables' owner.
    Owner,
}

/// A test's own live database.
#[derive(Debug)]
pub struct Live {
    db: Database,
    owner: Owner,
}

impl Owner {
    /// Both variants.
    pub const BOTH: [Self; 2] = [Self::Plain, Self::Bypassrls];

    /// The role's name.
    #[must_use]
    pub const fn role(self) -> &'static str {
        match self {
            Self::Plain => "app_owner",
            Self::Bypassrls => "app_owner_bypassrls",
        }
    }
}

impl Identity {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AdminOfA,
        Self::OperatorOfA,
        Self::AdminOfB,
        Self::OperatorOfB,
        Self::Stranger,
        Self::Anon,
        Self::ServiceRole,
        Self::Owner,
    ];

    /// The person of the token, and the role of the request; no role for the owner, who logs in.
    fn claims(self) -> (Option<&'static str>, Option<&'static str>) {
        match self {
            Self::AdminOfA => (Some("A/profile/anna.devries"), Some("authenticated")),
            Self::OperatorOfA => (Some("A/profile/jan.smit"), Some("authenticated")),
            Self::AdminOfB => (Some("B/profile/grace.nordhaus"), Some("authenticated")),
            Self::OperatorOfB => (Some("B/profile/jan.smit"), Some("authenticated")),
            Self::Stranger => (Some("stranger"), Some("authenticated")),
            Self::Anon => (None, Some("anon")),
            Self::ServiceRole => (None, Some("service_role")),
            Self::Owner => (None, None),
        }
    }

    /// The statements that make a session of `authenticator` one of this identity, as PostgREST sends them.
    fn enter(self, scope: &str) -> String {
        let (person, role) = self.claims();
        let Some(role) = role else { return String::new() };
        let person = person.map_or_else(|| "null".to_owned(), |name| format!("\"{}\"", demo_id(name)));
        let claims = format!("{{\"role\": \"{role}\", \"sub\": {person}}}");
        format!("SET {scope} ROLE {role}; SET {scope} request.jwt.claims = '{claims}'")
    }

    /// The role that logs in.
    const fn login(self, owner: Owner) -> &'static str {
        match self {
            Self::Owner => owner.role(),
            _ => "authenticator",
        }
    }
}

impl Live {
    /// A live database in which the columns are missing.
    #[must_use]
    pub fn new(owner: Owner) -> Self {
        Self::with(owner, Columns::Missing)
    }

    /// A live database of either shape.
    #[must_use]
    pub fn with(owner: Owner, columns: Columns) -> Self {
        let name = format!("live_{owner:?}_{columns:?}").to_lowercase();
        let template = once(name, |name| {
            let (cluster, role) = (cluster(), owner.role());
            cluster.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0 OWNER {role}"));
            cluster.psql(name, &PLATFORM.replace("{owner}", role));
            files(columns).for_each(|file| drop(cluster.psql(name, &format!("SET ROLE {role}; {file}"))));
        });
        Self { db: Database::copy_of(cluster(), &template, owner.role()), owner }
    }

    /// The database alone.
    #[must_use]
    pub fn into_database(self) -> Database {
        self.db
    }

    /// Who owns the tables.
    #[must_use]
    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// A session of somebody, as the application opens it.
    ///
    /// # Panics
    /// If it cannot connect.
    pub async fn session(&self, who: Identity) -> Session {
        let session = self.db.login(who.login(self.owner)).await;
        session.batch_execute(&who.enter("SESSION")).await.expect("the login may change to the role");
        session
    }

    /// Installs the extension into a schema of its own, [`SCHEMA`].
    pub fn install(&self) {
        let _one = one_installs();
        self.psql(&format!("CREATE SCHEMA {SCHEMA}; CREATE EXTENSION eryxon_mcp SCHEMA {SCHEMA}"));
    }

    /// Attaches the application's schema.
    pub fn attach(&self) {
        self.psql(&format!("SELECT {SCHEMA}.mcp_attach_mes('public')"));
    }

    /// Detaches the application's schema.
    pub fn detach(&self) {
        self.psql(&format!("SELECT {SCHEMA}.mcp_detach_mes('public')"));
    }

    /// Drops the extension and its schema.
    pub fn uninstall(&self) {
        self.psql(&format!("DROP EXTENSION eryxon_mcp; DROP SCHEMA {SCHEMA}"));
    }

    /// Generates a key of the extension for a tenant (`A` or `B`), for all tools and 10,000 calls a minute.
    ///
    /// # Panics
    /// If that fails.
    #[must_use]
    pub fn new_key(&self, tenant: &str) -> Key {
        let made = self.psql(&format!(
            "SELECT key_id, api_key, key_prefix FROM {SCHEMA}.generate_mcp_key(p_tenant_id := '{}', p_name := 'test');
             UPDATE {SCHEMA}.mcp_authentication_keys SET rate_limit = 10000 WHERE name = 'test'",
            demo_id(tenant)
        ));
        Key::from_row(&made)
    }

    /// Creates the gateway login.
    pub fn new_gateway(&self) {
        self.psql(&format!("SELECT {SCHEMA}.create_mcp_gateway('{}', 'shim''s password', 100)", self.gateway_name()));
    }
}

impl Deref for Live {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.db
    }
}

/// The cluster of the live databases.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster = Cluster::start(&crate::Options::default());
        cluster.psql("postgres", include_str!("../../fixtures/live/00_roles.sql"));
        cluster
    })
}

/// What a superuser runs.
const PLATFORM: &str = include_str!("../../fixtures/live/01_platform.sql");

/// What the owner runs.
const FILES: [&str; 12] = [
    include_str!("../../fixtures/live/10_people.sql"),
    include_str!("../../fixtures/live/11_work.sql"),
    include_str!("../../fixtures/live/12_execution.sql"),
    include_str!("../../fixtures/live/13_records.sql"),
    include_str!("../../fixtures/live/14_mcp.sql"),
    include_str!("../../fixtures/live/15_mcp_functions.sql"),
    include_str!("../../fixtures/live/20_functions.sql"),
    include_str!("../../fixtures/live/21_policies.sql"),
    include_str!("../../fixtures/live/30_tenants_data.sql"),
    include_str!("../../fixtures/live/31_work_data.sql"),
    include_str!("../../fixtures/live/32_execution_data.sql"),
    include_str!("../../fixtures/live/40_triggers.sql"),
];

/// What the owner runs for a shape of the tables, in this order.
fn files(columns: Columns) -> impl Iterator<Item = &'static str> {
    let more = match columns {
        Columns::Missing => None,
        Columns::NeverFilled => Some(include_str!("../../fixtures/never_filled.sql")),
    };
    FILES.into_iter().chain(more)
}

/// Makes a database that is copied for each test, once.
fn once(name: String, make: impl FnOnce(&str)) -> String {
    static MADE: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if !made.contains(&name) {
        make(&name);
        made.push(name.clone());
    }
    name
}

//! Databases with the extension and the demo factory, and sessions in them.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};
use uuid::Uuid;

use crate::cluster::Cluster;

/// The namespace of the demo factory's ids, the same as in `mes_demo_id`.
const DEMO_NAMESPACE: Uuid = Uuid::from_u128(0x6b1f_2d3c_8a54_4e0f_9b7d_2c5e_1a90_47d1);

/// The demo factory's id for a name: `A` is a tenant, `A/job/JOB-1001` one of its jobs.
#[must_use]
pub fn demo_id(name: &str) -> Uuid {
    Uuid::new_v5(&DEMO_NAMESPACE, name.as_bytes())
}

/// Whether a row was created by the test and not by the demo factory: the demo's ids are derived from names (version 5), all others are
/// random (version 4).
pub const OWN: &str = "substr(id::text, 15, 1) = '4'";

/// `CREATE EXTENSION` writes to catalogs shared by all databases; two at once can collide there ("tuple concurrently updated").
pub fn one_installs() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A test's own database: the extension in `public`, the demo factory in `mes`, a gateway login.
#[derive(Debug)]
pub struct Database {
    cluster: &'static Cluster,
    name: String,
    gateway: String,
}

/// A key returned by `generate_mcp_key`.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its id.
    pub id: Uuid,
    /// The key itself.
    pub secret: String,
    /// Its first 20 characters, which may be shown.
    pub prefix: String,
}

/// A connection, with the notices and notifications that the server sent.
#[derive(Debug)]
pub struct Session {
    client: Client,
    messages: Mutex<UnboundedReceiver<AsyncMessage>>,
}

impl Database {
    /// A copy of the demo factory in the shared cluster.
    #[must_use]
    pub fn fresh() -> Self {
        static TEMPLATE: OnceLock<()> = OnceLock::new();
        let cluster = Cluster::shared();
        TEMPLATE.get_or_init(|| make_factory(cluster, "factory"));
        let database = Self::named(cluster);
        cluster.psql("postgres", &format!("CREATE DATABASE {} TEMPLATE factory", database.name));
        database.make_gateway();
        database
    }

    /// The demo factory in the test's own cluster.
    #[must_use]
    pub fn alone_in(cluster: &'static Cluster) -> Self {
        let database = Self::named(cluster);
        make_factory(cluster, &database.name);
        cluster.psql("postgres", &format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", database.name));
        database.make_gateway();
        database
    }

    /// An empty database, without the extension.
    #[must_use]
    pub fn empty() -> Self {
        Self::empty_in(Cluster::shared())
    }

    /// An empty database in the test's own cluster.
    #[must_use]
    pub fn empty_in(cluster: &'static Cluster) -> Self {
        let database = Self::named(cluster);
        database.cluster.psql("postgres", &format!("CREATE DATABASE {} TEMPLATE template0", database.name));
        database
    }

    /// A copy of another database in the test's own cluster, which belongs to a role.
    #[must_use]
    pub fn copy_of(cluster: &'static Cluster, template: &str, owner: &str) -> Self {
        let database = Self::named(cluster);
        cluster.psql("postgres", &format!("CREATE DATABASE {} TEMPLATE {template} OWNER {owner}", database.name));
        database
    }

    /// The same database after it was renamed.
    #[must_use]
    pub fn renamed(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    fn named(cluster: &'static Cluster) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Self { cluster, gateway: format!("gateway_{name}"), name }
    }

    /// Creates the gateway login with `create_mcp_gateway`, for as many connections as a test may need.
    pub fn make_gateway(&self) {
        self.psql(&format!("SELECT create_mcp_gateway('{}', 'shim''s password', 100)", self.gateway));
    }

    /// Its cluster.
    #[must_use]
    pub const fn cluster(&self) -> &'static Cluster {
        self.cluster
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of its gateway login.
    #[must_use]
    pub fn gateway_name(&self) -> &str {
        &self.gateway
    }

    /// Runs a script as the superuser and returns its output.
    pub fn psql(&self, script: &str) -> String {
        self.cluster.psql(&self.name, script)
    }

    /// A superuser's session.
    pub async fn superuser(&self) -> Session {
        self.login("postgres").await
    }

    /// A session of the gateway login.
    pub async fn gateway(&self) -> Session {
        self.login(&self.gateway).await
    }

    /// A session of any login.
    ///
    /// # Panics
    /// If it cannot connect.
    pub async fn login(&self, user: &str) -> Session {
        let mut config = Config::new();
        config.host_path(self.cluster.socket_dir()).port(self.cluster.port()).user(user).dbname(&self.name);
        let (client, mut connection) = config.connect(NoTls).await.expect("the scratch cluster takes connections");
        let (sender, messages) = unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                let _ = sender.send(message);
            }
        });
        Session { client, messages: Mutex::new(messages) }
    }

    /// Generates a key for a demo tenant (`A` to `D`) with `generate_mcp_key`; `more` is the SQL text of further arguments.
    ///
    /// # Panics
    /// If that fails.
    #[must_use]
    pub fn key_with(&self, tenant: &str, name: &str, more: &str) -> Key {
        let made = self.psql(&format!(
            "SELECT key_id, api_key, key_prefix FROM generate_mcp_key(p_tenant_id := '{}', p_name := '{name}'{more})",
            demo_id(tenant)
        ));
        Key::from_row(&made)
    }

    /// A key for all tools.
    #[must_use]
    pub fn key(&self, tenant: &str) -> Key {
        self.key_with(tenant, "test", "")
    }

    /// The single number that a query returns.
    ///
    /// # Panics
    /// If it returns none.
    pub fn count(&self, query: &str) -> i64 {
        let text = self.psql(query);
        text.parse().unwrap_or_else(|_| panic!("{query} gave {text}"))
    }
}

impl Key {
    /// From what `generate_mcp_key` returns, as psql prints it.
    pub(crate) fn from_row(made: &str) -> Self {
        let mut fields = made.split('|').map(str::to_owned);
        let mut next = || fields.next().expect("three columns");
        Self { id: next().parse().expect("a uuid"), secret: next(), prefix: next() }
    }
}

impl Deref for Session {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Session {
    /// The texts of the notices since the last call.
    pub fn notices(&self) -> Vec<String> {
        self.messages(|message| match message {
            AsyncMessage::Notice(notice) => Some(notice.message().to_owned()),
            _ => None,
        })
    }

    /// The payloads of the notifications since the last call.
    pub fn notifications(&self) -> Vec<String> {
        self.messages(|message| match message {
            AsyncMessage::Notification(notification) => Some(notification.payload().to_owned()),
            _ => None,
        })
    }

    fn messages(&self, take: impl Fn(AsyncMessage) -> Option<String>) -> Vec<String> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| messages.try_recv().ok()).filter_map(take).collect()
    }

    /// The single text that a query returns; NULL becomes the empty text.
    ///
    /// # Panics
    /// If it fails.
    pub async fn text(&self, query: &str) -> String {
        let row = self.query_one(query, &[]).await.unwrap_or_else(|error| panic!("{query}: {error:?}"));
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    /// The SQLSTATE with which a statement without parameters fails.
    ///
    /// # Panics
    /// If it does not fail.
    pub async fn sqlstate(&self, statement: &str) -> String {
        match self.batch_execute(statement).await {
            Ok(()) => panic!("it did not fail: {statement}"),
            Err(error) => error.code().map_or_else(|| format!("{error:?}"), |code| code.code().to_owned()),
        }
    }
}

/// Calls a tool as the shim does: with the key as a parameter, and without a named prepared statement.
///
/// # Panics
/// If it raises.
pub async fn call(client: &Session, key: &str, tool: &str, arguments: Value) -> Value {
    try_call(client, key, tool, arguments).await.unwrap_or_else(|error| panic!("{tool} raised: {error:?}"))
}

/// Like [`call`], but returns the error if it raises one.
///
/// # Errors
/// The error from PostgreSQL or the connection.
pub async fn try_call(
    client: &Session,
    key: &str,
    tool: &str,
    arguments: Value,
) -> Result<Value, tokio_postgres::Error> {
    let rows = client
        .query_typed(
            "SELECT mcp_call_tool($1, $2, $3, $4)",
            &[
                (&key, Type::TEXT),
                (&tool, Type::TEXT),
                (&arguments, Type::JSONB),
                (&serde_json::json!({"name": "cluster-tests", "version": "1"}), Type::JSONB),
            ],
        )
        .await?;
    Ok(rows[0].get(0))
}

/// Connections are not allowed, because a template must have none.
fn make_factory(cluster: &Cluster, name: &str) {
    let _one = one_installs();
    cluster.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
    cluster.psql(name, "CREATE EXTENSION eryxon_mcp; SELECT mes_create_schema('mes'); SELECT mes_seed_demo();");
    cluster.psql("postgres", &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
}

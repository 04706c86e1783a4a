//! Between shim and server: `PgBouncer` in transaction mode, and TLS.

use std::io::Write as _;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use eryxon_mcp_tests::answer::{outcome, succeeded};
use eryxon_mcp_tests::cluster::{as_server_user, free_port, give_to_server, text};
use eryxon_mcp_tests::shim::{self, Shim};
use eryxon_mcp_tests::{Cluster, Database, Key, Options, demo_id};
use serde_json::json;

use crate::{clients, slow};

type Environment = Vec<(String, String)>;

/// The environment with some variables changed.
fn changed(mut environment: Environment, changes: &[(&str, &str)]) -> Environment {
    for (name, value) in changes {
        environment.retain(|(present, _)| present != name);
        environment.push(((*name).to_owned(), (*value).to_owned()));
    }
    environment
}

/// A `PgBouncer` in front of a database. It ends when this value is dropped, or with the test process.
struct PgBouncer {
    guard: Child,
    port: u16,
}

impl PgBouncer {
    fn start(db: &Database) -> Self {
        let folder = db.cluster().socket_dir().join(format!("pgbouncer-{}", db.name()));
        std::fs::create_dir(&folder).expect("the folder is new");
        let port = free_port();
        let users = folder.join("users.txt");
        let config = folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n{} = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             pool_mode = transaction\ndefault_pool_size = 3\nauth_type = trust\nauth_file = {}\n",
            db.name(),
            db.cluster().socket_dir().display(),
            db.cluster().port(),
            users.display()
        );
        std::fs::write(&users, format!("\"{}\" \"\"\n", db.gateway_name())).expect("the folder can be written");
        std::fs::write(&config, text).expect("the folder can be written");
        give_to_server(&folder);
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].into_iter().find(|path| Path::new(path).exists());
        let program = program.expect("pgbouncer is missing; run: apt-get install pgbouncer");
        // It ends when the input of this shell ends; see the guard of `Cluster`.
        let guard = as_server_user("sh")
            .args(["-c", r#""$0" -q "$1" </dev/null >/dev/null 2>&1 & pid=$!; cat >/dev/null; kill $pid"#, program])
            .arg(&config)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("sh starts");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "pgbouncer does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { guard, port }
    }

    fn environment(&self, db: &Database, key: &Key) -> Environment {
        changed(shim::environment(db, key), &[("PGHOST", "127.0.0.1"), ("PGPORT", &self.port.to_string())])
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// A slow call is cancelled through whatever is in between, and the next one works.
async fn a_cancel_gets_through(db: &Database, environment: &Environment) {
    let mut shim = Shim::start(environment);
    assert!(succeeded(&shim.ask(1, "fetch_jobs", json!({"limit": 1})).await));
    slow::start(db, &mut shim, 2).await;
    assert!(succeeded(&shim.ask(3, "fetch_jobs", json!({"limit": 1})).await), "during a slow call");
    let begun = Instant::now();
    shim.send(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#).await;
    slow::assert_gone(db, begun, "notifications/cancelled").await;
    assert!(succeeded(&shim.ask(4, "fetch_jobs", json!({"limit": 1})).await), "after a cancel");
    slow::start(db, &mut shim, 5).await;
    let begun = Instant::now();
    shim.close_input();
    shim.wait().await;
    slow::assert_gone(db, begun, "the end of input").await;
}

#[tokio::test]
async fn the_clients_work_through_pgbouncer_in_transaction_mode() {
    let db = Database::fresh();
    let key = db.key("A");
    let bouncer = PgBouncer::start(&db);
    clients::both_work(&bouncer.environment(&db, &key));
}

#[tokio::test]
async fn more_requests_than_pgbouncer_has_connections_are_each_answered_for_their_tenant() {
    let db = Database::fresh();
    let (key, of_b) = (db.key("A"), db.key("B"));
    let bouncer = PgBouncer::start(&db);
    let environment = bouncer.environment(&db, &key);
    let mut shim = Shim::start(&changed(environment, &[("ERYXON_MCP_POOL_SIZE", "8")]));
    for id in 0..40 {
        let key = if id % 2 == 0 { &key } else { &of_b };
        let params = json!({"name": "fetch_jobs", "arguments": {"limit": 1, "include_total": true}, "_meta": {"apiKey": key.secret}});
        shim.request(id, "tools/call", params).await;
    }
    let totals = ["A", "B"].map(|tenant| {
        db.count(&format!(
            "SELECT count(*) FROM mes.jobs WHERE tenant_id = mes_demo_id('{tenant}') AND deleted_at IS NULL"
        ))
    });
    assert_ne!(totals[0], totals[1]);
    for _ in 0..40 {
        let answer = shim.receive().await;
        let id = usize::try_from(answer["id"].as_u64().expect("an id")).expect("a small id");
        assert_eq!(answer["result"]["structuredContent"]["total"], totals[id % 2], "{answer}");
    }
}

#[tokio::test]
async fn a_cancel_gets_through_pgbouncer() {
    let db = Database::fresh();
    slow::prepare(&db);
    let key = db.key("A");
    let bouncer = PgBouncer::start(&db);
    a_cancel_gets_through(&db, &bouncer.environment(&db, &key)).await;
}

/// Certificates created with openssl: a CA, and a server certificate for the name `localhost` only.
struct Certificates {
    authority: PathBuf,
    stranger: PathBuf,
    server: Vec<u8>,
    key: Vec<u8>,
}

fn certificates() -> Certificates {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let openssl = |arguments: &str| text(Command::new("openssl").args(arguments.split(' ')).current_dir(&folder));
    for name in ["authority", "stranger"] {
        openssl(&format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -keyout {name}.key -out {name}.crt"
        ));
    }
    openssl("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr");
    let mut names = std::fs::File::create(folder.join("names")).expect("the folder can be written");
    writeln!(names, "subjectAltName=DNS:localhost").expect("the folder can be written");
    openssl(
        "x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 2 -extfile names -out server.crt",
    );
    let read = |name: &str| std::fs::read(folder.join(name)).expect("openssl wrote it");
    Certificates {
        server: read("server.crt"),
        key: read("server.key"),
        authority: folder.join("authority.crt"),
        stranger: folder.join("stranger.crt"),
    }
}

/// A server that accepts only TLS over TCP and requires the password; with its database, key and certificates.
fn encrypted() -> &'static (Database, Key, Certificates) {
    static ENCRYPTED: OnceLock<(Database, Key, Certificates)> = OnceLock::new();
    ENCRYPTED.get_or_init(|| {
        let certificates = certificates();
        let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start(&Options {
            settings: &[("ssl", "on"), ("ssl_cert_file", "../server.crt"), ("ssl_key_file", "../server.key")],
            hba: Some("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"),
            files: &[("server.crt", &certificates.server), ("server.key", &certificates.key)],
        })));
        let db = Database::alone_in(cluster);
        let key = db.key("A");
        (db, key, certificates)
    })
}

fn over_tls(host: &str, mode: &str, authority: &Path) -> Environment {
    let (db, key, _) = encrypted();
    let url = format!(
        "postgres://{}:shim%27s%20password@{host}:{}/{}?sslmode={mode}",
        db.gateway_name(),
        db.cluster().port(),
        db.name()
    );
    vec![
        ("DATABASE_URL".to_owned(), url),
        ("PGSSLROOTCERT".to_owned(), authority.display().to_string()),
        ("ERYXON_MCP_KEY".to_owned(), key.secret.clone()),
        ("ERYXON_MCP_HEARTBEAT".to_owned(), "0".to_owned()),
        ("ERYXON_MCP_CONNECT_WAIT".to_owned(), "0".to_owned()),
    ]
}

#[tokio::test]
async fn the_clients_work_with_verify_full() {
    let (_, _, certificates) = encrypted();
    clients::both_work(&over_tls("localhost", "verify-full", &certificates.authority));
}

#[tokio::test]
async fn a_cancel_gets_through_tls() {
    let (db, _, certificates) = encrypted();
    slow::prepare(db);
    a_cancel_gets_through(db, &over_tls("localhost", "verify-full", &certificates.authority)).await;
}

#[tokio::test]
async fn a_wrong_host_name_an_unknown_authority_and_plain_text_are_refused() {
    let (_, _, certificates) = encrypted();
    for (host, mode, authority, expected) in [
        ("localhost", "verify-full", &certificates.authority, "ok"),
        ("127.0.0.1", "verify-full", &certificates.authority, "connection_error"),
        // The controls: only the name was wrong.
        ("127.0.0.1", "verify-ca", &certificates.authority, "ok"),
        ("localhost", "verify-full", &certificates.stranger, "connection_error"),
        ("localhost", "verify-ca", &certificates.stranger, "connection_error"),
        ("localhost", "disable", &certificates.authority, "connection_error"),
    ] {
        let mut shim = Shim::start(&over_tls(host, mode, authority));
        let answer = shim.ask(1, "fetch_jobs", json!({"limit": 1})).await;
        assert_eq!(outcome(&answer), expected, "{host} {mode}: {answer}");
    }
    let mut wrong = over_tls("localhost", "verify-full", &certificates.authority);
    wrong[0].1 = wrong[0].1.replace("shim%27s", "nobody%27s");
    let mut shim = Shim::start(&wrong);
    let answer = shim.ask(1, "start_job", json!({"id": demo_id("A/job/JOB-1002")})).await;
    assert_eq!(outcome(&answer), "connection_error", "the password is required: {answer}");
    shim.close_input();
    let (_, _, _, stderr) = shim.wait().await;
    assert!(!stderr.contains("nobody") || !stderr.contains("s password"), "{stderr}");
}

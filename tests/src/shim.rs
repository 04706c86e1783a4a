//! The shim as a child process, with messages exchanged line by line.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::database::{Database, Key};

/// Long enough for a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running shim.
#[derive(Debug)]
pub struct Shim {
    child: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    stderr: JoinHandle<String>,
}

/// The path of the shim under test.
///
/// # Panics
/// If it has not been built.
#[must_use]
pub fn path() -> PathBuf {
    if let Some(path) = std::env::var_os("ERYXON_SHIM") {
        return path.into();
    }
    // This binary is in <target>/<profile>/deps.
    let target = std::env::current_exe().ok().and_then(|path| Some(path.ancestors().nth(3)?.to_owned()));
    let built =
        ["release", "debug"].map(|profile| target.as_ref().map(|target| target.join(profile).join("eryxon-mcp")));
    let built = built.into_iter().flatten().find(|path| path.exists());
    built.expect("no shim: run `cargo build --release -p eryxon-mcp`, or set ERYXON_SHIM to its path")
}

/// The environment with which the shim connects to a database, through its Unix socket.
#[must_use]
pub fn environment(database: &Database, key: &Key) -> Vec<(String, String)> {
    [
        ("PGHOST", database.cluster().socket_dir().display().to_string()),
        ("PGPORT", database.cluster().port().to_string()),
        ("PGUSER", database.gateway_name().to_owned()),
        ("PGDATABASE", database.name().to_owned()),
        ("ERYXON_MCP_KEY", key.secret.clone()),
        ("ERYXON_MCP_HEARTBEAT", "0".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

impl Shim {
    /// Starts it with exactly this environment.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(environment: &[(String, String)]) -> Self {
        let mut command = Command::new(path());
        command.env_clear().envs(environment.iter().cloned()).kill_on_drop(true);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the shim starts");
        let lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let input = child.stdin.take();
        let mut pipe = child.stderr.take().expect("stderr is piped");
        let stderr = tokio::spawn(async move {
            let mut text = String::new();
            pipe.read_to_string(&mut text).await.expect("stderr is text");
            text
        });
        Self { child, input, lines, stderr }
    }

    /// Starts it for a database.
    #[must_use]
    pub fn of(database: &Database, key: &Key) -> Self {
        Self::start(&environment(database, key))
    }

    /// Writes one line.
    ///
    /// # Panics
    /// If the shim does not read it.
    pub async fn send(&mut self, line: &str) {
        let input = self.input.as_mut().expect("stdin is open");
        input.write_all(format!("{line}\n").as_bytes()).await.expect("the shim reads");
    }

    /// Sends a request.
    pub async fn request(&mut self, id: u64, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()).await;
    }

    /// Sends a `tools/call`.
    pub async fn call(&mut self, id: u64, tool: &str, arguments: Value) {
        self.request(id, "tools/call", json!({"name": tool, "arguments": arguments})).await;
    }

    /// Sends a `tools/call` and returns its answer, which must be the next message.
    ///
    /// # Panics
    /// If another message arrives first, or none.
    pub async fn ask(&mut self, id: u64, tool: &str, arguments: Value) -> Value {
        self.call(id, tool, arguments).await;
        let answer = self.receive().await;
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// The next message.
    ///
    /// # Panics
    /// If none arrives, or the line is not a message.
    pub async fn receive(&mut self) -> Value {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("an answer comes in time");
        let line = line.expect("stdout is text").expect("stdout is open");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("no JSON: {error}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    /// Asserts that nothing is written for a while.
    ///
    /// # Panics
    /// If something is.
    pub async fn expect_silence(&mut self, time: Duration) {
        if let Ok(line) = timeout(time, self.lines.next_line()).await {
            panic!("unexpected: {line:?}");
        }
    }

    /// Closes the input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Sends a signal by name.
    ///
    /// # Panics
    /// If it has already ended.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        crate::cluster::text(std::process::Command::new("kill").args(["-s", name, &pid]));
    }

    /// Waits for it to exit. Returns the status, how long it took, the messages not yet received, and stderr.
    ///
    /// # Panics
    /// If it does not exit.
    pub async fn wait(&mut self) -> (ExitStatus, Duration, Vec<Value>, String) {
        let begun = Instant::now();
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("it is our child");
        let took = begun.elapsed();
        let mut rest = Vec::new();
        while let Ok(Some(line)) = self.lines.next_line().await {
            rest.push(serde_json::from_str(&line).unwrap_or_else(|error| panic!("no JSON: {error}: {line}")));
        }
        let stderr = (&mut self.stderr).await.expect("stderr was read");
        (status, took, rest, stderr)
    }
}

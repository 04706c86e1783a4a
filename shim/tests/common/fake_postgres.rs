//! As much of a PostgreSQL server as the shim needs: it implements the functions that `serve` calls.
//!
//! Tools: `fetch_jobs` answers, `slow` runs until it is cancelled and then reports that in a result
//! (as the extension does), `refuse` returns a documented error, `raise` an SQL error, `drop` closes
//! the connection during the call.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::wire::{bound, message, number, packet, raised, row};

const SSL_REQUEST: u32 = 80_877_103;
const CANCEL_REQUEST: u32 = 80_877_102;
const JSONB: u32 = 3802;
const INT4: u32 = 23;
const TEXT: u32 = 25;
const UUID: u32 = 2950;

/// What happened, for the tests to inspect.
#[derive(Debug, Default)]
struct Seen {
    connections: u32,
    /// The running calls: backend and tool.
    running: HashMap<u32, String>,
    /// The tools whose call was cancelled.
    cancelled: Vec<String>,
    /// Cancels that reached an idle backend.
    stray_cancels: u32,
    /// Backends to be woken.
    wake: Vec<u32>,
    heartbeats: Vec<String>,
    statements: Vec<String>,
    clients: Vec<Value>,
    /// The extension's schema; `public` if it has not been moved.
    schema: Option<String>,
}

type Shared = Arc<(Mutex<Seen>, Condvar)>;

/// The server.
pub struct FakePostgres {
    port: u16,
    shared: Shared,
}

impl FakePostgres {
    /// Listens on a free port.
    pub fn start() -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").expect("a free port"))
    }

    /// Listens on a port that was free a moment ago.
    pub fn start_at(port: u16) -> Self {
        Self::listen(TcpListener::bind(("127.0.0.1", port)).expect("the port is free"))
    }

    fn listen(listener: TcpListener) -> Self {
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Shared::default();
        let server = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = server.clone();
                std::thread::spawn(move || {
                    let _ = serve(stream, &shared);
                });
            }
        });
        Self { port, shared }
    }

    /// The URL for the shim.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// The tools that are running, sorted.
    pub fn running(&self) -> Vec<String> {
        let mut tools: Vec<_> = self.seen(|s| s.running.values().cloned().collect());
        tools.sort();
        tools
    }

    /// The tools whose call was cancelled.
    pub fn cancelled(&self) -> Vec<String> {
        self.seen(|s| s.cancelled.clone())
    }

    /// How many cancels reached no statement.
    pub fn stray_cancels(&self) -> u32 {
        self.seen(|s| s.stray_cancels)
    }

    /// How many connections were made.
    pub fn connections(&self) -> u32 {
        self.seen(|s| s.connections)
    }

    /// The statuses of the heartbeats.
    pub fn heartbeats(&self) -> Vec<String> {
        self.seen(|s| s.heartbeats.clone())
    }

    /// The texts of all statements.
    pub fn statements(&self) -> Vec<String> {
        self.seen(|s| s.statements.clone())
    }

    /// The client descriptions of all calls.
    pub fn clients(&self) -> Vec<Value> {
        self.seen(|s| s.clients.clone())
    }

    /// Moves the extension to another schema.
    pub fn move_to(&self, schema: &str) {
        with(&self.shared, |seen| seen.schema = Some(schema.to_owned()));
    }

    fn seen<T>(&self, read: impl FnOnce(&Seen) -> T) -> T {
        read(&self.shared.0.lock().expect("no test thread panicked"))
    }
}

/// The URL of a server on a port.
pub fn url(port: u16) -> String {
    format!("postgres://gateway:secretpassword@127.0.0.1:{port}/mes?sslmode=disable")
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut first = packet(&mut stream)?;
    if number(&first, 0) == SSL_REQUEST {
        stream.write_all(b"N")?;
        first = packet(&mut stream)?;
    }
    if number(&first, 0) == CANCEL_REQUEST {
        cancel(number(&first, 4), shared);
        return Ok(());
    }
    let backend = with(shared, |seen| {
        seen.connections += 1;
        seen.connections
    });
    let mut hello = message(b'R', &0u32.to_be_bytes());
    hello.extend(message(b'S', b"server_version\x0015.0 (fake)\0"));
    hello.extend(message(b'K', &[backend.to_be_bytes(), 7u32.to_be_bytes()].concat()));
    hello.extend(message(b'Z', b"I"));
    stream.write_all(&hello)?;
    let (mut sql, mut params) = (String::new(), Vec::new());
    loop {
        let mut kind = [0];
        stream.read_exact(&mut kind)?;
        let body = packet(&mut stream)?;
        match kind[0] {
            b'P' => {
                assert!(body.starts_with(b"\0"), "a named statement does not survive PgBouncer");
                sql = String::from_utf8_lossy(&body[1..]).split('\0').next().unwrap_or_default().to_owned();
            }
            b'B' => params = bound(&body),
            b'S' => {
                with(shared, |seen| seen.statements.push(sql.clone()));
                let Some(answer) = answer(&sql, &params, backend, shared) else { return Ok(()) };
                stream.write_all(&answer)?;
            }
            b'X' => return Ok(()),
            _ => {}
        }
    }
}

fn with<T>(shared: &Shared, change: impl FnOnce(&mut Seen) -> T) -> T {
    change(&mut shared.0.lock().expect("no test thread panicked"))
}

fn cancel(backend: u32, shared: &Shared) {
    with(shared, |seen| match seen.running.get(&backend).cloned() {
        Some(tool) => {
            seen.cancelled.push(tool);
            seen.wake.push(backend);
        }
        None => seen.stray_cancels += 1,
    });
    shared.1.notify_all();
}

fn answer(sql: &str, params: &[Vec<u8>], backend: u32, shared: &Shared) -> Option<Vec<u8>> {
    let text = |at: usize| String::from_utf8_lossy(&params[at]).into_owned();
    if sql == "SELECT 1" {
        return Some(row(INT4, &1u32.to_be_bytes()));
    }
    let schema = with(shared, |seen| seen.schema.clone()).unwrap_or_else(|| "public".to_owned());
    if sql.contains("pg_catalog.pg_extension") {
        return Some(row(TEXT, schema.as_bytes()));
    }
    if !sql.contains(&format!("\"{schema}\".")) {
        return Some(raised("42883", "function does not exist"));
    }
    if sql.contains("mcp_heartbeat(") {
        with(shared, |seen| seen.heartbeats.push(text(1)));
        return Some(row(UUID, &[0; 16]));
    }
    if !text(0).starts_with("mcp_live_") {
        return Some(jsonb(&error(-32000, "Invalid or disabled MCP key", json!({ "type": "authentication_error" }))));
    }
    if sql.contains("mcp_list_tools(") {
        return Some(jsonb(
            r#"{"result": {"tools": [{"name": "fetch_jobs", "title": "List jobs", "inputSchema": {"type": "object", "properties": {"limit": {"type": "integer"}}}, "outputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}}]}}"#,
        ));
    }
    assert!(sql.contains("mcp_call_tool("), "unknown statement {sql}");
    with(shared, |seen| seen.clients.push(serde_json::from_slice(&params[3][1..]).expect("p_client is JSON")));
    match &*text(1) {
        "fetch_jobs" => {
            Some(jsonb(&result("Found 1 job.", r#"{"jobs": [{"price": 12345678901234567890.10}]}"#, false)))
        }
        "echo" => Some(jsonb(&result("Heard.", &format!(r#"{{"arguments": {}}}"#, &text(2)[1..]), false))),
        "slow" => {
            run_until_cancelled(backend, shared);
            Some(jsonb(&result(
                "cancelled: stopped",
                r#"{"error": {"code": "cancelled", "message": "stopped"}}"#,
                true,
            )))
        }
        "refuse" => {
            let data = json!({ "type": "rate_limit_error", "retry_after_ms": 1234 });
            Some(jsonb(&error(-32000, "Rate limit exceeded", data)))
        }
        "raise" => Some(raised("XX000", "a secret of the factory")),
        "raise_value" => Some(raised("22P05", "a secret of the caller")),
        "drop" => None,
        other => Some(jsonb(&error(-32602, &format!("Unknown tool: {other}"), json!({ "type": "unknown_tool" })))),
    }
}

fn run_until_cancelled(backend: u32, shared: &Shared) {
    let mut seen = shared.0.lock().expect("no test thread panicked");
    seen.running.insert(backend, "slow".to_owned());
    let woken = |seen: &mut Seen| !seen.wake.contains(&backend);
    let (mut seen, _) = shared.1.wait_timeout_while(seen, Duration::from_secs(30), woken).expect("no panic");
    seen.running.remove(&backend);
    seen.wake.retain(|other| *other != backend);
}

fn result(sentence: &str, body: &str, is_error: bool) -> String {
    let content = json!([{ "type": "text", "text": sentence }, { "type": "text", "text": body }]);
    format!(r#"{{"result": {{"content": {content}, "structuredContent": {body}, "isError": {is_error}}}}}"#)
}

fn error(code: i32, message: &str, data: Value) -> String {
    json!({ "error": { "code": code, "message": message, "data": data } }).to_string()
}

fn jsonb(text: &str) -> Vec<u8> {
    row(JSONB, &[b"\x01", text.as_bytes()].concat())
}

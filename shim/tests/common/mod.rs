//! The built shim as a child process, and a stand-in for the database.

#![allow(dead_code, reason = "each test binary uses a part of this")]

pub mod fake_postgres;
pub mod schema;
pub mod wire;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Long enough for a loaded machine, short enough to fail in time.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// What "no answer" means.
pub const SILENCE: Duration = Duration::from_millis(300);

/// A running shim.
pub struct Shim {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Shim {
    /// Starts it with only this environment, plus defaults for the key and the heartbeat.
    pub fn start(env: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_eryxon-mcp"))
            .env_clear()
            .env("ERYXON_MCP_KEY", "mcp_live_configured")
            .env("ERYXON_MCP_HEARTBEAT", "0")
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the shim starts");
        let output = child.stdout.take().expect("stdout is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take();
        Self { child, input, lines }
    }

    /// Writes one line.
    pub fn send(&mut self, line: &str) {
        let input = self.input.as_mut().expect("stdin is open");
        writeln!(input, "{line}").expect("the shim reads");
    }

    /// Writes a text without a newline.
    pub fn send_unterminated(&mut self, text: &str) {
        self.input.as_mut().expect("stdin is open").write_all(text.as_bytes()).expect("the shim reads");
    }

    /// Sends a `tools/call`.
    pub fn call(&mut self, id: impl Into<Value>, tool: &str, arguments: Value) {
        let params = json!({ "name": tool, "arguments": arguments });
        self.send(&json!({ "jsonrpc": "2.0", "id": id.into(), "method": "tools/call", "params": params }).to_string());
    }

    /// Sends `notifications/cancelled`.
    pub fn cancel(&mut self, id: impl Into<Value>) {
        let params = json!({ "requestId": id.into() });
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }).to_string());
    }

    /// The next message; a line that is not JSON is a failure.
    pub fn receive(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("an answer comes");
        serde_json::from_str(&line).expect("stdout carries JSON only")
    }

    /// Asserts that nothing more is written for a while.
    pub fn expect_silence(&self) {
        match self.lines.recv_timeout(SILENCE) {
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            Ok(line) => panic!("unexpected: {line}"),
        }
    }

    /// Closes the input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for it to exit; returns the status, how long it took, and stderr.
    pub fn wait(&mut self) -> (ExitStatus, Duration, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the shim is a child") {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "the shim does not exit");
            std::thread::sleep(Duration::from_millis(5));
        };
        let took = started.elapsed();
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("stderr is piped");
        std::io::Read::read_to_string(&mut pipe, &mut stderr).expect("stderr is text");
        (status, took, stderr)
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        // A failed test must not leave it running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a condition is true.
pub fn eventually(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

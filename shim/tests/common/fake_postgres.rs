//! As much of a PostgreSQL server as the shim needs: it answers the four functions.
//!
//! Tools: `fetch_jobs` answers, `slow` runs until it is cancelled and then says so in a result (as
//! the extension does), `refuse` gives a documented error, `raise` an SQL error, `drop` closes the
//! connection in the middle of the call.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

const SSL_REQUEST: u32 = 80_877_103;
const CANCEL_REQUEST: u32 = 80_877_102;
const JSONB: u32 = 3802;
const INT4: u32 = 23;
const UUID: u32 = 2950;

/// What happened, for the test to look at.
#[derive(Debug, Default)]
struct Seen {
    connections: u32,
    /// The running calls: backend and tool.
    running: HashMap<u32, String>,
    /// The tools whose call was cancelled.
    cancelled: Vec<String>,
    /// Cancels that found their backend idle.
    stray_cancels: u32,
    /// Backends to be woken.
    wake: Vec<u32>,
    heartbeats: Vec<String>,
    statements: Vec<String>,
    clients: Vec<Value>,
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

    /// The tools that run now, sorted.
    pub fn running(&self) -> Vec<String> {
        let mut tools: Vec<_> = self.seen(|s| s.running.values().cloned().collect());
        tools.sort();
        tools
    }

    /// The tools whose call was cancelled.
    pub fn cancelled(&self) -> Vec<String> {
        self.seen(|s| s.cancelled.clone())
    }

    /// How many cancels hit no statement.
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

    fn seen<T>(&self, read: impl FnOnce(&Seen) -> T) -> T {
        read(&self.shared.0.lock().expect("no test thread panicked"))
    }
}

/// The URL of a server at a port.
pub fn url(port: u16) -> String {
    format!("postgres://gateway:secretpassword@127.0.0.1:{port}/mes?sslmode=disable")
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut code = startup(&mut stream)?.0;
    if code == SSL_REQUEST {
        stream.write_all(b"N")?;
        code = startup(&mut stream)?.0;
    }
    let backend = {
        let mut seen = shared.0.lock().expect("no test thread panicked");
        if code == CANCEL_REQUEST {
            return Ok(());
        }
        seen.connections += 1;
        seen.connections
    };
    let mut hello = message(b'R', &0u32.to_be_bytes());
    hello.extend(message(b'S', b"server_version\015.0 (fake)\0"));
    hello.extend(message(b'K', &[backend.to_be_bytes(), 7u32.to_be_bytes()].concat()));
    hello.extend(message(b'Z', b"I"));
    stream.write_all(&hello)?;
    let (mut sql, mut params) = (String::new(), Vec::new());
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let mut body = vec![0; u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize - 4];
        stream.read_exact(&mut body)?;
        match head[0] {
            b'P' => {
                assert!(body.starts_with(b"\0"), "a named statement does not survive PgBouncer");
                sql = text_at(&body, 1);
            }
            b'B' => params = bound(&body),
            b'S' => {
                shared.0.lock().expect("no test thread panicked").statements.push(sql.clone());
                let Some(answer) = answer(&sql, &params, backend, shared) else { return Ok(()) };
                stream.write_all(&answer)?;
            }
            b'X' => return Ok(()),
            _ => {}
        }
    }

    fn startup(stream: &mut TcpStream) -> io::Result<(u32, Vec<u8>)> {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        stream.read_exact(&mut body)?;
        Ok((u32::from_be_bytes([body[0], body[1], body[2], body[3]]), body))
    }
}

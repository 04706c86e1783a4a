//! PostgreSQL's protocol by hand, for what no driver sends: several statements before one `Sync`, one row at a time, function calls.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::database::Database;

/// A connection.
#[derive(Debug)]
pub struct Wire(UnixStream);

/// A message to or from the server: its type, and its content.
pub type Message = (u8, Vec<u8>);

/// What the server answered until it was ready for the next query.
#[derive(Debug)]
pub struct Answers(pub Vec<Message>);

impl Wire {
    /// Connects as a login, with further start-up parameters.
    ///
    /// # Panics
    /// If the server cannot be reached.
    #[must_use]
    pub fn connect(db: &Database, login: &str, more: &[(&str, &str)]) -> (Self, Answers) {
        let socket = db.cluster().socket_dir().join(format!(".s.PGSQL.{}", db.cluster().port()));
        let mut stream = UnixStream::connect(socket).expect("the scratch cluster takes connections");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
        let mut body = 196_608_i32.to_be_bytes().to_vec();
        for (name, value) in [("user", login), ("database", db.name())].iter().chain(more) {
            body.extend(text(name).into_iter().chain(text(value)));
        }
        body.push(0);
        stream.write_all(&framed(&body)).expect("the connection is open");
        let mut wire = Self(stream);
        let answers = wire.answers();
        (wire, answers)
    }

    /// Sends messages, and returns the answers to them.
    pub fn send(&mut self, messages: &[Message]) -> Answers {
        self.post(messages);
        self.answers()
    }

    /// Sends messages without reading an answer.
    pub fn post(&mut self, messages: &[Message]) {
        let bytes: Vec<u8> = messages.iter().flat_map(|(kind, body)| [*kind].into_iter().chain(framed(body))).collect();
        self.0.write_all(&bytes).expect("the connection is open");
    }

    fn answers(&mut self) -> Answers {
        let mut answers = Vec::new();
        let mut head = [0; 5];
        // The server closes the connection after an error at start-up.
        while self.0.read_exact(&mut head).is_ok() {
            let length = i32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let mut body = vec![0; usize::try_from(length - 4).expect("a length")];
            self.0.read_exact(&mut body).expect("a whole message");
            answers.push((head[0], body));
            if head[0] == b'Z' {
                break;
            }
        }
        Answers(answers)
    }
}

impl Answers {
    /// The SQLSTATE of the first error; empty if there was none.
    #[must_use]
    pub fn sqlstate(&self) -> String {
        let error = self.0.iter().find(|(kind, _)| *kind == b'E');
        let fields = error.map_or(&[][..], |(_, body)| body.as_slice()).split(|byte| *byte == 0);
        let code = fields.into_iter().find(|field| field.first() == Some(&b'C'));
        code.map(|code| String::from_utf8_lossy(&code[1..]).into_owned()).unwrap_or_default()
    }

    /// The number of messages of a type: `D` is a row, `C` the end of a statement, `s` the end of a part of its rows.
    #[must_use]
    pub fn count(&self, kind: u8) -> usize {
        self.0.iter().filter(|(of, _)| *of == kind).count()
    }
}

/// A statement of the simple protocol.
#[must_use]
pub fn query(sql: &str) -> Message {
    (b'Q', text(sql))
}

/// A statement of the extended protocol, up to its execution; `rows` is how many to send, 0 for all.
#[must_use]
pub fn execute(sql: &str, rows: i32) -> Vec<Message> {
    let parse = [text(""), text(sql), vec![0, 0]].concat();
    let bind = [text(""), text(""), vec![0; 6]].concat();
    vec![(b'P', parse), (b'B', bind), (b'E', [text(""), rows.to_be_bytes().to_vec()].concat())]
}

/// The end of one or several statements of the extended protocol.
#[must_use]
pub fn sync() -> Message {
    (b'S', Vec::new())
}

/// A call of a function by its oid, with texts as arguments.
#[must_use]
pub fn function(oid: u32, arguments: &[&str]) -> Message {
    let count = i16::try_from(arguments.len()).expect("few arguments").to_be_bytes();
    let mut body = [&oid.to_be_bytes()[..], &[0, 0], &count].concat();
    for argument in arguments {
        body.extend(i32::try_from(argument.len()).expect("a short text").to_be_bytes());
        body.extend(argument.as_bytes());
    }
    body.extend([0, 0]);
    (b'F', body)
}

fn text(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

fn framed(body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len() + 4).expect("a short message");
    [&length.to_be_bytes()[..], body].concat()
}

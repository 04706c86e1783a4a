//! The messages of PostgreSQL's protocol that the fake server reads and writes.

use std::io::{self, Read};
use std::net::TcpStream;

/// Reads a length-prefixed value.
pub fn packet(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut body)?;
    Ok(body)
}

/// A number of four bytes.
pub fn number(body: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([body[at], body[at + 1], body[at + 2], body[at + 3]])
}

/// A message of this kind.
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("short");
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

/// The parameters of a Bind message: portal, statement, formats, values.
pub fn bound(body: &[u8]) -> Vec<Vec<u8>> {
    let short = |at: usize| usize::from(u16::from_be_bytes([body[at], body[at + 1]]));
    let mut at = 2;
    at += 2 + 2 * short(at);
    let count = short(at);
    at += 2;
    (0..count)
        .map(|_| {
            let length = number(body, at);
            at += 4;
            // NULL has the length -1.
            let length = if length == u32::MAX { 0 } else { length as usize };
            at += length;
            body[at - length..at].to_vec()
        })
        .collect()
}

/// One row of one column in binary.
pub fn row(oid: u32, value: &[u8]) -> Vec<u8> {
    let mut description = b"\0\x01value\0\0\0\0\0\0\0".to_vec();
    description.extend(oid.to_be_bytes());
    description.extend(b"\xff\xff\xff\xff\xff\xff\0\x01");
    let length = u32::try_from(value.len()).expect("short");
    let mut out = [message(b'1', b""), message(b'2', b""), message(b't', b"\0\0")].concat();
    out.extend(message(b'T', &description));
    out.extend(message(b'D', &[b"\0\x01", &length.to_be_bytes()[..], value].concat()));
    out.extend(message(b'C', b"SELECT 1\0"));
    out.extend(message(b'Z', b"I"));
    out
}

/// An error.
pub fn raised(sqlstate: &str, text: &str) -> Vec<u8> {
    let mut out = message(b'E', format!("SERROR\0VERROR\0C{sqlstate}\0M{text}\0\0").as_bytes());
    out.extend(message(b'Z', b"I"));
    out
}

//! The transport: one message per line on stdin and stdout.
//!
//! It replaces the SDK's own stdio transport for four reasons: a line that is not JSON must be
//! answered (the SDK ignores it), a last line without a newline must be read (as in
//! `printf '{…}' | eryxon-mcp`), an answer from the database is written unchanged, and the end of
//! input must be noticed while calls are still running.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::RoleServer;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, JsonRpcMessage, ProtocolVersion, RequestId, ServerJsonRpcMessage,
    ServerResult,
};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::ledger::{BatchId, Ledger};
use super::line::{self, Item, Line};

/// Longer lines are skipped, so that a client that never ends its line cannot exhaust memory.
const LONGEST_LINE: usize = 16 * 1024 * 1024;

type Outgoing = (String, Option<oneshot::Sender<()>>);

#[derive(Debug, Default)]
struct Shared {
    ledger: Ledger,
    negotiated: Option<ProtocolVersion>,
}

/// The transport.
pub struct Stdio<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    skipping: bool,
    pending: VecDeque<ClientJsonRpcMessage>,
    output: mpsc::UnboundedSender<Outgoing>,
    shared: Arc<Mutex<Shared>>,
    ended: CancellationToken,
    broken: CancellationToken,
}

impl<R: AsyncRead + Unpin + Send> Stdio<R> {
    /// `ended` fires at the end of input, and when the output is closed.
    pub fn new<W>(input: R, output: W, ended: CancellationToken) -> Self
    where
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, receiver) = mpsc::unbounded_channel();
        let broken = CancellationToken::new();
        tokio::spawn(write_lines(output, receiver, broken.clone()));
        Self {
            input: BufReader::new(input),
            line: Vec::new(),
            skipping: false,
            pending: VecDeque::new(),
            output: sender,
            shared: Arc::default(),
            ended,
            broken,
        }
    }

    /// The next line without its line end; `None` at the end of input. Cancel-safe: what has been
    /// read stays in `self.line`.
    async fn next_line(&mut self) -> Option<Vec<u8>> {
        loop {
            let chunk = match self.input.fill_buf().await {
                Ok(chunk) => chunk,
                Err(error) => {
                    tracing::error!(%error, "cannot read stdin");
                    &[]
                }
            };
            if chunk.is_empty() {
                return (!self.line.is_empty()).then(|| std::mem::take(&mut self.line));
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let (taken, consumed) = end.map_or((chunk, chunk.len()), |at| (&chunk[..at], at + 1));
            if !self.skipping {
                self.line.extend_from_slice(taken);
            }
            self.input.consume(consumed);
            if self.line.len() > LONGEST_LINE {
                self.line = Vec::new();
                self.skipping = true;
                let error = rmcp::ErrorData::invalid_request("Invalid request: the line is longer than 16 MiB", None);
                self.refuse(None, error, None);
            }
            if end.is_some() && !std::mem::take(&mut self.skipping) {
                return Some(std::mem::take(&mut self.line));
            }
        }
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::One(item) => self.take_item(item, None),
            Line::Batch(_) if lock(&self.shared).negotiated.as_ref().is_some_and(has_no_batches) => {
                let error =
                    rmcp::ErrorData::invalid_request("Invalid request: this protocol version has no batches", None);
                self.refuse(None, error, None);
            }
            Line::Batch(items) => {
                let batch = lock(&self.shared).ledger.begin_batch();
                for item in items {
                    self.take_item(item, Some(batch));
                }
                let line = lock(&self.shared).ledger.seal(batch);
                self.write(line, None);
            }
        }
    }

    fn take_item(&mut self, item: Item, batch: Option<BatchId>) {
        let message = match item {
            Item::Nothing => return,
            Item::Refused(error, id) => return self.refuse(batch, error, id),
            Item::Message(message) => *message,
        };
        if let JsonRpcMessage::Request(request) = &message
            && !lock(&self.shared).ledger.open(&request.id, batch)
        {
            let error = rmcp::ErrorData::invalid_request("Invalid request: the id is already in use", None);
            return self.refuse(batch, error, Some(request.id.clone()));
        }
        if let JsonRpcMessage::Notification(n) = &message
            && let ClientNotification::CancelledNotification(cancelled) = &n.notification
            && let Some(id) = &cancelled.params.request_id
        {
            let line = lock(&self.shared).ledger.cancel(id);
            self.write(line, None);
        }
        self.pending.push_back(message);
    }

    fn refuse(&mut self, batch: Option<BatchId>, error: rmcp::ErrorData, id: Option<RequestId>) {
        tracing::debug!(code = error.code.0, "refused a message");
        let mut shared = lock(&self.shared);
        let line = encode(&ServerJsonRpcMessage::error(error, id), shared.negotiated.as_ref());
        let line = line.ok().and_then(|line| shared.ledger.refuse(batch, line));
        drop(shared);
        self.write(line, None);
    }

    fn write(&self, line: Option<String>, written: Option<oneshot::Sender<()>>) {
        if let Some(line) = line {
            // A closed channel means that the output is broken; the loop then ends by itself.
            let _ = self.output.send((line, written));
        }
    }
}

impl<R: AsyncRead + Unpin + Send> Transport<RoleServer> for Stdio<R> {
    type Error = io::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let mut shared = lock(&self.shared);
        if let JsonRpcMessage::Response(response) = &message
            && let ServerResult::InitializeResult(result) = &response.result
        {
            shared.negotiated = Some(result.protocol_version.clone());
        }
        let line = encode(&message, shared.negotiated.as_ref()).map(|line| match id_of(&message) {
            Some(id) => shared.ledger.answer(id, line),
            None => Some(line),
        });
        drop(shared);
        let (sender, written) = oneshot::channel();
        let line = line.map(|line| {
            let expected = line.is_some();
            self.write(line, Some(sender));
            expected
        });
        async move {
            if line? {
                written.await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            }
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(message) = self.pending.pop_front() {
                return Some(message);
            }
            let broken = self.broken.clone();
            let line = tokio::select! {
                line = self.next_line() => line,
                () = broken.cancelled() => None,
            };
            let Some(line) = line else {
                self.ended.cancel();
                return None;
            };
            self.take(line::read(&line));
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        Ok(())
    }
}

async fn write_lines<W>(mut output: W, mut lines: mpsc::UnboundedReceiver<Outgoing>, broken: CancellationToken)
where
    W: AsyncWrite + Unpin,
{
    while let Some((mut line, written)) = lines.recv().await {
        line.push('\n');
        let result = async {
            output.write_all(line.as_bytes()).await?;
            output.flush().await
        };
        if let Err(error) = result.await {
            tracing::warn!(%error, "cannot write to stdout");
            return broken.cancel();
        }
        if let Some(written) = written {
            let _ = written.send(());
        }
    }
}

/// The text of a message. A custom result that is a string is the JSON of an answer from the
/// database (see `Service`); it is inserted without being parsed.
fn encode(message: &ServerJsonRpcMessage, negotiated: Option<&ProtocolVersion>) -> io::Result<String> {
    match message {
        JsonRpcMessage::Response(response) => {
            if let ServerResult::CustomResult(result) = &response.result
                && let Value::String(json) = &result.0
            {
                let id = serde_json::to_string(&response.id)?;
                // Between tokens, a line end is just white space; inside strings, it is escaped.
                let json = json.replace(['\n', '\r'], " ");
                return Ok(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{json}}}"#));
            }
            Ok(serde_json::to_string(message)?)
        }
        // An error without a request: from 2025-11-25 on, the id is left out. Earlier versions of MCP
        // do not define this case, and JSON-RPC requires null.
        JsonRpcMessage::Error(error)
            if error.id.is_none() && negotiated.is_none_or(|v| *v < ProtocolVersion::V_2025_11_25) =>
        {
            let error = serde_json::to_string(&error.error)?;
            Ok(format!(r#"{{"jsonrpc":"2.0","id":null,"error":{error}}}"#))
        }
        _ => Ok(serde_json::to_string(message)?),
    }
}

fn has_no_batches(version: &ProtocolVersion) -> bool {
    *version >= ProtocolVersion::V_2025_06_18
}

fn id_of(message: &ServerJsonRpcMessage) -> Option<&RequestId> {
    match message {
        JsonRpcMessage::Response(response) => Some(&response.id),
        JsonRpcMessage::Error(error) => error.id.as_ref(),
        _ => None,
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

//! One connection to a server at a known address, and cancelling what runs on it.
//!
//! The driver's own cancel closes its socket as soon as the request is written. If that happens
//! before `PgBouncer` 1.18 has passed the request on, it exits with "bad client state" and
//! disconnects all its clients. So the request is sent here the way libpq does it: the other side
//! closes first, which also means that the signal has been delivered. That requires the server's
//! address, which the driver does not expose, so each address is tried here, one by one.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{CancelToken, Client, Config, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::DbError;
use crate::config::{Database, Server};

/// If a server does not accept a cancel request in this time, the request is repeated on a new connection.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(1);

/// A live connection.
#[derive(Debug)]
pub struct Connected {
    /// The handle of the connection.
    pub client: Client,
    /// The `server_version` that the server reported.
    pub server_version: String,
    address: Address,
}

#[derive(Debug, Clone)]
enum Address {
    Tcp { name: String, addr: SocketAddr },
    Unix(PathBuf),
}

/// Connects to the first server that accepts the connection.
pub async fn connect(database: &Database, tls: Option<&MakeRustlsConnect>) -> Result<Connected, DbError> {
    let mut failure = None;
    for server in &database.servers {
        match addresses(server).await {
            Ok(addresses) => {
                for address in addresses {
                    match connect_to(database.at(server, address.ip()), address, tls).await {
                        Ok(connected) => return Ok(connected),
                        Err(error) => failure = Some(error),
                    }
                }
            }
            Err(error) => failure = Some(DbError::resolving(&error)),
        }
    }
    Err(failure.unwrap_or_else(|| DbError::resolving(&io::Error::from(io::ErrorKind::NotFound))))
}

impl Address {
    fn ip(&self) -> Option<std::net::IpAddr> {
        match self {
            Self::Tcp { addr, .. } => Some(addr.ip()),
            Self::Unix(_) => None,
        }
    }
}

async fn addresses(server: &Server) -> io::Result<Vec<Address>> {
    if server.is_unix() {
        let socket = format!(".s.PGSQL.{}", server.port);
        return Ok(vec![Address::Unix(PathBuf::from(&server.host).join(socket))]);
    }
    let target = server.hostaddr.as_deref().unwrap_or(&server.host);
    let found = lookup_host((target, server.port)).await?;
    Ok(found.map(|addr| Address::Tcp { name: server.host.clone(), addr }).collect())
}

async fn connect_to(config: Config, address: Address, tls: Option<&MakeRustlsConnect>) -> Result<Connected, DbError> {
    let connected = match tls {
        None => config.connect(NoTls).await.map(spawn),
        Some(tls) => config.connect(tls.clone()).await.map(spawn),
    };
    let (client, server_version) = connected.map_err(|e| DbError::connecting(&e))?;
    Ok(Connected { client, server_version, address })
}

fn spawn<S>((client, connection): (Client, Connection<Socket, S>)) -> (Client, String)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let server_version = connection.parameter("server_version").unwrap_or("unknown").to_owned();
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %DbError::running(&error), "a connection was closed");
        }
    });
    (client, server_version)
}

impl Connected {
    /// Asks the server to cancel what runs on this connection, and waits until it has accepted the request.
    pub async fn cancel(&self, tls: Option<&MakeRustlsConnect>) -> io::Result<()> {
        let token = self.client.cancel_token();
        let send = async {
            match &self.address {
                Address::Unix(path) => send(&token, UnixStream::connect(path).await?, "", None).await,
                Address::Tcp { name, addr } => send(&token, TcpStream::connect(addr).await?, name, tls).await,
            }
        };
        tokio::time::timeout(CANCEL_TIMEOUT, send).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

async fn send<S>(token: &CancelToken, stream: S, name: &str, tls: Option<&MakeRustlsConnect>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = Patient(stream);
    let sent = match tls {
        None => token.cancel_query_raw(stream, NoTls).await,
        Some(tls) => {
            let mut tls = tls.clone();
            let tls = <MakeRustlsConnect as MakeTlsConnect<Patient<S>>>::make_tls_connect(&mut tls, name)
                .map_err(io::Error::other)?;
            token.cancel_query_raw(stream, PatientTls(tls)).await
        }
    };
    sent.map_err(io::Error::other)
}

/// A stream whose shutdown waits for the other side to close first.
struct Patient<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut space = [0; 64];
            let mut buf = ReadBuf::new(&mut space);
            // A reset, or TLS that ends without close_notify, also means that the other side has closed.
            match ready!(Pin::new(&mut self.0).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {}
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// TLS over a patient stream. It must be patient itself, because sending close_notify would be an early close too.
struct PatientTls<T>(T);

impl<S, T> TlsConnect<S> for PatientTls<T>
where
    T: TlsConnect<S>,
    T::Stream: Unpin + Send,
    T::Future: Send + 'static,
{
    type Stream = Patient<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, T::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let connecting = self.0.connect(stream);
        Box::pin(async move { connecting.await.map(Patient) })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Patient<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

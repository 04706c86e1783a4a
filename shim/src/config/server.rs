//! The servers named in the configuration.

use std::collections::BTreeMap;
use std::path::Path;

use super::ConfigError;

/// A server named in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A name, an address, or the directory of a Unix socket; the certificate must match it.
    pub host: String,
    /// The address to use instead of resolving the name.
    pub hostaddr: Option<String>,
    /// The port, which is also part of a Unix socket's name.
    pub port: u16,
}

impl Server {
    /// Whether `host` is the directory of a Unix socket.
    pub fn is_unix(&self) -> bool {
        self.hostaddr.is_none() && self.host.starts_with('/')
    }
}

/// Removes the servers from the parameters: lists of equal length, or one port for all servers.
pub fn servers(params: &mut BTreeMap<String, String>) -> Result<Vec<Server>, ConfigError> {
    let mut take = |name: &str| -> Vec<String> {
        params.remove(name).map(|text| text.split(',').map(|part| part.trim().to_owned()).collect()).unwrap_or_default()
    };
    let (hosts, addresses, ports) = (take("host"), take("hostaddr"), take("port"));
    let count = hosts.len().max(addresses.len());
    let fits = |list: &Vec<String>| list.is_empty() || list.len() == count;
    if !fits(&hosts) || !fits(&addresses) || !(fits(&ports) || ports.len() == 1) {
        return Err(ConfigError::ConnectionString("host, hostaddr and port list different numbers of servers".into()));
    }
    (0..count)
        .map(|at| {
            let hostaddr = addresses.get(at).filter(|a| !a.is_empty()).cloned();
            let host = hosts.get(at).filter(|h| !h.is_empty()).cloned();
            let host = host.or_else(|| hostaddr.clone()).unwrap_or_else(default_host);
            let port = ports.get(at).or(ports.first()).filter(|p| !p.is_empty());
            let port = port.map_or(Ok(5432), |text| {
                text.parse().map_err(|_| ConfigError::ConnectionString(format!("port \"{text}\"")))
            })?;
            Ok(Server { host, hostaddr, port })
        })
        .collect()
}

/// libpq's default is the socket directory that it was built with; this tries Debian's, then upstream's.
pub fn default_host() -> String {
    for folder in ["/var/run/postgresql", "/tmp"] {
        if Path::new(folder).join(".s.PGSQL.5432").exists() {
            return folder.to_owned();
        }
    }
    "localhost".to_owned()
}

//! Parses libpq's two forms of a connection string into parameters.
//!
//! The driver parses them too, but rejects the names and values that it leaves to its TLS library
//! (`sslmode=verify-full`, `sslrootcert`), so they are parsed here first.

use std::collections::BTreeMap;

use super::ConfigError;

type Params = BTreeMap<String, String>;

/// Parses `postgres://…`, `postgresql://…` or `key=value …`.
pub fn parse(text: &str) -> Result<Params, ConfigError> {
    let text = text.trim();
    match text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) {
        Some(rest) => parse_url(rest),
        None if text.contains("://") => Err(invalid("a URL must start with postgres:// or postgresql://")),
        None => parse_pairs(text),
    }
}

fn invalid(reason: &str) -> ConfigError {
    ConfigError::ConnectionString(reason.to_owned())
}

fn parse_url(rest: &str) -> Result<Params, ConfigError> {
    let mut params = Params::new();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let hosts = match authority.rsplit_once('@') {
        None => authority,
        Some((login, hosts)) => {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            insert(&mut params, "user", user)?;
            insert(&mut params, "password", password)?;
            hosts
        }
    };
    if path.contains('@') {
        return Err(invalid("there is an @ after the first / (write a / in the password as %2F)"));
    }
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for host in hosts.split(',') {
        // An IPv6 address is in brackets because of its colons.
        let (name, port) = match host.strip_prefix('[').and_then(|h| h.split_once(']')) {
            Some((address, rest)) => (address, rest.strip_prefix(':').unwrap_or_default()),
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(decode(name)?);
        ports.push(port);
    }
    if names.iter().any(|n| !n.is_empty()) {
        params.insert("host".to_owned(), names.join(","));
    }
    if ports.iter().any(|p| !p.is_empty()) {
        let ports: Vec<_> = ports.iter().map(|p| if p.is_empty() { "5432" } else { p }).collect();
        params.insert("port".to_owned(), ports.join(","));
    }
    insert(&mut params, "dbname", path)?;
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| invalid("a parameter after ? has no value"))?;
        let name = decode(name)?;
        insert(&mut params, &name, value)?;
    }
    Ok(params)
}

fn insert(params: &mut Params, name: &str, encoded: &str) -> Result<(), ConfigError> {
    if !encoded.is_empty() {
        params.insert(name.to_owned(), decode(encoded)?);
    }
    Ok(())
}

fn decode(text: &str) -> Result<String, ConfigError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| (b as char).to_digit(16));
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
            _ => {
                return Err(invalid("a % is not followed by two hexadecimal digits (write a literal % as %25)"));
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| invalid("not UTF-8"))
}

fn parse_pairs(text: &str) -> Result<Params, ConfigError> {
    let mut params = Params::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(params);
        }
        let mut name = String::new();
        while let Some(c) = chars.next_if(|c| *c != '=') {
            name.push(c);
        }
        if chars.next().is_none() {
            // The text may be a pasted password, so the error does not repeat it.
            return Err(invalid("expected key=value pairs or a postgres:// URL"));
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = chars.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match chars.next() {
                Some('\\') => value.extend(chars.next()),
                Some('\'') if quoted => break,
                Some(c) if quoted || !c.is_whitespace() => value.push(c),
                None if quoted => return Err(invalid("a quoted value is not terminated")),
                _ => break,
            }
        }
        params.insert(name.trim().to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap().into_iter().collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_url_with_all_its_parts() {
        assert_eq!(
            get("postgresql://us%40er:p%2Fw:x@a,[::1]:6000/my%20db?sslmode=verify-full&sslrootcert=/ca.crt"),
            pairs(&[
                ("dbname", "my db"),
                ("host", "a,::1"),
                ("password", "p/w:x"),
                ("port", "5432,6000"),
                ("sslmode", "verify-full"),
                ("sslrootcert", "/ca.crt"),
                ("user", "us@er"),
            ])
        );
    }

    #[test]
    fn a_socket_directory_as_host_or_as_parameter() {
        assert_eq!(get("postgres://%2Frun%2Fpg/mes"), pairs(&[("dbname", "mes"), ("host", "/run/pg")]));
        assert_eq!(get("postgres:///mes?host=/run/pg"), pairs(&[("dbname", "mes"), ("host", "/run/pg")]));
    }

    #[test]
    fn pairs_with_quoted_values() {
        assert_eq!(
            get(r"host = h password='a b\'c' dbname=x\ y"),
            pairs(&[("dbname", "x y"), ("host", "h"), ("password", "a b'c")])
        );
    }

    #[test]
    fn an_invalid_string_is_refused_and_not_repeated() {
        for text in ["secret", "mysql://h/d", "postgres://u:se/cret@h/d", "password='x", "postgres://h/%zz"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}

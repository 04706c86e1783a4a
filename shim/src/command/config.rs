//! `eryxon-mcp config claude`: the configuration to paste into a client.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::KEY_VARIABLE;
use crate::cli::Options;
use crate::config::has_no_password;

/// Printed in place of a secret.
const KEY_PLACEHOLDER: &str = "<the key from generate_mcp_key>";
const PASSWORD_PLACEHOLDER: &str = "<the password of the gateway login>";

/// libpq's variables that hold no secret. The client runs on this machine, so its paths are valid there too.
const VARIABLES: &[&str] = &[
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGPASSFILE",
    "PGCONNECT_TIMEOUT",
    "PGOPTIONS",
    "PGTARGETSESSIONATTRS",
    "PGCHANNELBINDING",
];

/// Prints the configuration.
pub fn run(options: &Options, name: &str, command: Option<&Path>, with_secrets: bool) -> ExitCode {
    let program = match command.map(|path| Ok(path.to_owned())).unwrap_or_else(std::env::current_exe) {
        Ok(path) => path.display().to_string(),
        Err(error) => {
            eprintln!("eryxon-mcp: cannot determine the path of this program ({error}); set it with --command");
            return ExitCode::FAILURE;
        }
    };
    let env = environment(options, |name| std::env::var(name).ok().filter(|v| !v.is_empty()), with_secrets);
    let config = json!({ "mcpServers": { name: { "command": program, "args": ["serve"], "env": env } } });
    match serde_json::to_string_pretty(&config) {
        Ok(text) => println!("{text}"),
        Err(_) => return ExitCode::FAILURE,
    }
    if !with_secrets {
        eprintln!(
            "Replace the placeholders <...>, or use --with-secrets to print the secrets. The key is a password: keep the file private."
        );
    }
    ExitCode::SUCCESS
}

fn environment(options: &Options, get: impl Fn(&str) -> Option<String>, with_secrets: bool) -> Map<String, Value> {
    let secret = |value: Option<String>, placeholder: &str| match value {
        Some(value) if with_secrets => Value::String(value),
        _ => Value::String(placeholder.to_owned()),
    };
    let mut env = Map::new();
    let mut add = |name: &str, value: Value| env.insert(name.to_owned(), value);
    if let Some(url) = options.database_url.as_deref().filter(|url| !url.is_empty()) {
        add("DATABASE_URL", Value::String(if with_secrets { url.to_owned() } else { without_password(url) }));
    }
    for name in VARIABLES {
        if let Some(value) = get(name) {
            add(name, Value::String(value));
        }
    }
    if let Some(password) = get("PGPASSWORD") {
        add("PGPASSWORD", secret(Some(password), PASSWORD_PLACEHOLDER));
    }
    if let Some(schema) = options.schema.as_deref().filter(|s| !s.is_empty()) {
        add("ERYXON_MCP_SCHEMA", Value::String(schema.to_owned()));
    }
    add(KEY_VARIABLE, secret(get(KEY_VARIABLE), KEY_PLACEHOLDER));
    env
}

/// Hides the password in a URL; a URL that cannot be parsed with certainty is hidden completely.
fn without_password(url: &str) -> String {
    let hidden = "<postgres://login:password@host:port/database>";
    let (scheme, rest) = url.split_once("://").unwrap_or(("", ""));
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    // An unescaped / or ? in a password ends the authority too early.
    if tail.contains('@') {
        return hidden.to_owned();
    }
    if has_no_password(url) {
        return url.to_owned();
    }
    match authority.rsplit_once('@').and_then(|(login, hosts)| Some((login.split_once(':')?.0, hosts))) {
        // The rest may contain a second password.
        Some((user, hosts)) if has_no_password(&format!("{scheme}://{user}@{hosts}{tail}")) => {
            format!("{scheme}://{user}:<password>@{hosts}{tail}")
        }
        _ => hidden.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn printed(with_secrets: bool) -> String {
        let cli = crate::cli::Cli::parse_from(["eryxon-mcp", "--database-url", "postgres://gw:s3cret@h/d"]);
        let get = |name: &str| match name {
            "ERYXON_MCP_KEY" => Some("mcp_live_s3cret".to_owned()),
            "PGPASSWORD" => Some("also s3cret".to_owned()),
            _ => None,
        };
        Value::Object(environment(&cli.options, get, with_secrets)).to_string()
    }

    #[test]
    fn secrets_are_printed_only_on_request() {
        assert!(!printed(false).contains("s3cret"), "{}", printed(false));
        assert_eq!(printed(true).matches("s3cret").count(), 3);
    }

    #[test]
    fn a_password_is_hidden_wherever_it_is() {
        for url in [
            "postgres://u:pw@h/d",
            "postgres://u:p/w@h/d",
            "postgres://u:1?p/w=x@h/d",
            "postgres://h/d?password=pw",
            "postgres://u:x@h/d?%70assword=pw",
            "host=h password=pw",
        ] {
            let hidden = without_password(url);
            assert!(!hidden.contains("pw") && !hidden.contains("p/w"), "{hidden}");
        }
        for url in ["postgres://u@h/d", "host=/run/pg user=u dbname=d"] {
            assert_eq!(without_password(url), url);
        }
    }
}

//! The other commands, with a real database.

use std::process::{Command, Output};

use eryxon_mcp_tests::{Database, shim};
use serde_json::Value;

fn run(arguments: &[&str], environment: &[(String, String)]) -> (Output, String) {
    let mut command = Command::new(shim::path());
    let output =
        command.args(arguments).env_clear().envs(environment.iter().cloned()).output().expect("the shim starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, said)
}

#[tokio::test]
async fn the_exit_code_of_check_tells_whether_connection_and_key_are_valid() {
    let db = Database::fresh();
    let key = db.key("A");
    let good = shim::environment(&db, &key);
    let (output, said) = run(&["check"], &good);
    assert!(output.status.success() && said.contains("fetch_jobs") && said.contains("start_job"), "{said}");
    assert!(!said.contains(&key.secret[20..]), "{said}");
    for (variable, value) in [
        ("ERYXON_MCP_KEY", "mcp_live_nobody".to_owned()),
        ("ERYXON_MCP_KEY", format!("{}x", key.secret)),
        ("PGHOST", "/nowhere".to_owned()),
        ("PGUSER", "nobody_at_all".to_owned()),
        ("PGDATABASE", "postgres".to_owned()),
    ] {
        let mut environment = good.clone();
        environment.retain(|(name, _)| name != variable);
        environment.push((variable.to_owned(), value.clone()));
        environment.push(("ERYXON_MCP_CONNECT_WAIT".to_owned(), "0".to_owned()));
        let (output, said) = run(&["check"], &environment);
        assert!(!output.status.success(), "{variable}={value}: {said}");
        assert!(!said.contains(&key.secret[20..]), "{said}");
    }
    db.psql("UPDATE mcp_authentication_keys SET enabled = false");
    assert!(!run(&["check"], &good).0.status.success(), "a disabled key");
}

#[tokio::test]
async fn check_warns_of_what_is_severely_wrong_and_says_who_can_look() {
    let db = Database::fresh();
    let key = db.key("A");
    let environment = shim::environment(&db, &key);
    let before = db.count("SELECT count(*) FROM mcp_doctor() WHERE severity = 'severe'");
    assert_eq!(run(&["check"], &environment).1.contains("WARNING"), before > 0);
    db.psql("ALTER TABLE mes.jobs DISABLE ROW LEVEL SECURITY");
    let (output, said) = run(&["check"], &environment);
    assert!(output.status.success(), "the connection and the key are good: {said}");
    assert!(said.contains(&format!("the installation has {} severe finding", before + 1)), "{said}");
    assert!(said.contains("SELECT * FROM \"public\".mcp_doctor();") && !said.contains("mes.jobs"), "{said}");
}

#[tokio::test]
async fn the_printed_configuration_starts_a_shim_that_answers() {
    let db = Database::fresh();
    let key = db.key("A");
    let environment = shim::environment(&db, &key);
    let (_, without) = run(&["config", "claude"], &environment);
    assert!(!without.contains(&key.secret[20..]), "secrets only on request: {without}");
    let (output, said) = run(&["config", "claude", "--with-secrets"], &environment);
    let config: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let server = &config["mcpServers"]["eryxon"];
    let configured: Vec<(String, String)> = server["env"]
        .as_object()
        .expect("an environment")
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned()))
        .collect();
    let arguments: Vec<_> = server["args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut check = Command::new(server["command"].as_str().expect("a command"));
    check.args(arguments.iter().filter(|argument| **argument != "serve")).arg("check").env_clear().envs(configured);
    let output = check.output().expect("the configured command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

//! Searching everything that a server keeps for a secret, while it logs everything that it can.

use crate::cluster::{Cluster, Options, as_server_user};

/// A secret is found by any eight consecutive characters of it.
const PART: usize = 8;

/// What a server can log of its statements and their plans, beyond what all scratch clusters log.
const LOUD: &[(&str, &str)] = &[
    ("log_min_messages", "debug1"),
    ("log_duration", "on"),
    ("log_connections", "on"),
    ("log_parser_stats", "on"),
    ("log_planner_stats", "on"),
    ("log_executor_stats", "on"),
    ("debug_print_parse", "on"),
    ("debug_print_rewritten", "on"),
    ("debug_print_plan", "on"),
    ("auto_explain.log_min_duration", "0"),
    ("auto_explain.log_nested_statements", "on"),
    ("auto_explain.log_verbose", "on"),
    ("auto_explain.log_analyze", "on"),
    ("auto_explain.log_triggers", "on"),
    ("auto_explain.log_settings", "on"),
    ("pg_stat_statements.track", "all"),
    ("pg_stat_statements.track_utility", "on"),
    ("log_lock_waits", "on"),
    ("deadlock_timeout", "100ms"),
    ("log_temp_files", "0"),
    ("work_mem", "64kB"),
];

/// A cluster that can be made loud.
#[must_use]
pub fn cluster() -> &'static Cluster {
    let settings =
        &[("shared_preload_libraries", "pg_stat_statements,auto_explain"), ("track_activity_query_size", "64kB")];
    Box::leak(Box::new(Cluster::start(&Options { settings, ..Options::default() })))
}

/// From now on, it logs everything that it can. Not while the demo factory is loaded: that would fill the disk.
pub fn make_loud(cluster: &Cluster) {
    for (name, value) in LOUD {
        cluster.psql("postgres", &format!("ALTER SYSTEM SET {name} = '{value}'"));
    }
    cluster.psql("postgres", "CREATE EXTENSION pg_stat_statements");
    cluster.psql("postgres", "SELECT pg_reload_conf()");
}

/// The files below the cluster's directory (tables, write-ahead log, statistics, server log) in which a part of a secret stands: as it is, in
/// hexadecimal digits, or as the numbers of its bytes, which is how a logged plan shows a text.
///
/// # Panics
/// If they cannot be read.
#[must_use]
pub fn found(cluster: &Cluster, secret: &str) -> Vec<String> {
    let mut grep = as_server_user("grep");
    grep.args(["-r", "-a", "-l", "-F"]);
    for part in secret.as_bytes().windows(PART) {
        let each =
            |write: &dyn Fn(&u8) -> String, between: &str| part.iter().map(write).collect::<Vec<_>>().join(between);
        let plain = each(&|byte| char::from(*byte).to_string(), "");
        for pattern in [plain, each(&|byte| format!("{byte:02x}"), ""), each(&u8::to_string, " ")] {
            grep.args(["-e", &pattern]);
        }
    }
    let output = grep.arg(cluster.socket_dir()).output().expect("grep runs");
    // The socket cannot be read; a file may vanish. 2 is also grep's code for that.
    assert!(output.status.code().is_some(), "grep was killed");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

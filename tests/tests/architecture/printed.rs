//! Statements that people paste: those in hints, notices, findings, the README and what the shim prints. They name the schema of the
//! extension's functions, so that they run as pasted and never reach an application's function of the same name.

use crate::source::{files, root};

/// The extension's functions, from the install script's own list.
fn functions() -> Vec<String> {
    let script = files("sql/install", "sql").pop().expect("the install script");
    let text = std::fs::read_to_string(root().join(script)).expect("a text");
    let line = text.lines().find(|line| line.trim_start().starts_with("c_functions")).expect("the list of names");
    let names = line.split_once("'{").and_then(|(_, rest)| rest.split_once("}'")).expect("names in braces").0;
    names.split(',').map(str::to_owned).collect()
}

/// The statements in a line that call a function without its schema.
fn unqualified(line: &str, functions: &[String]) -> Vec<String> {
    let starts = ["SELECT ", "FROM ", "PERFORM ", "CALL "];
    let words = starts.iter().flat_map(|start| line.match_indices(start).map(|(at, _)| &line[at + start.len()..]));
    let names =
        words.filter_map(|rest| rest.trim_start_matches("* FROM ").split_once('(').map(|(name, _)| name.trim()));
    names.filter(|name| functions.iter().any(|function| function == name)).map(str::to_owned).collect()
}

/// The lines of a file that are printed, or may be: of the scripts that run with the extension's schema on the path, those with a hint only;
/// of Rust, not the tests.
fn printed(path: &str, text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.to_owned()));
    let lines = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
    let lines = lines.take_while(|(_, line)| {
        !path.ends_with(".rs") || !line.starts_with("#[cfg(any(test") && !line.starts_with("#[cfg(test)")
    });
    lines.filter(|(_, line)| !path.starts_with("sql/mes/") || line.contains("HINT")).collect()
}

#[test]
fn every_statement_that_is_printed_names_the_schema_of_its_functions() {
    let functions = functions();
    assert!(functions.len() > 90, "{functions:?}");
    let mut all = vec!["README.md".to_owned()];
    all.extend([("src", "rs"), ("shim/src", "rs"), ("sql", "sql")].iter().flat_map(|(below, kind)| files(below, kind)));
    // Those of tests are not printed.
    let tests =
        |path: &str| path.ends_with("tests.rs") || ["src/tools/probe.rs", "src/tools/state_tables.rs"].contains(&path);
    all.retain(|path| !path.starts_with("sql/install/") && !tests(path));
    let mut wrong = Vec::new();
    for path in all {
        let text = std::fs::read_to_string(root().join(&path)).expect("a text");
        for (number, line) in printed(&path, &text) {
            wrong.extend(unqualified(&line, &functions).into_iter().map(|name| format!("{path}:{number}: {name}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(unqualified("run PERFORM mcp_doctor() first", &functions), ["mcp_doctor"]);
}

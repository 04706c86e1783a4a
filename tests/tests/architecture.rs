//! The rules of the layout: who may name whom, where `unsafe` may stand, how long a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module and what it must not name. The direction is `names <- error <- core <- pg <- {admit, run, record} <- call <- api`.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("src/names.rs", &["crate::"]),
    ("src/core", &["pgrx", "crate::pg", "crate::admit", "crate::run", "crate::record", "crate::call", "crate::api"]),
    ("src/pg", &["crate::admit", "crate::run", "crate::record", "crate::call", "crate::api", "crate::tools"]),
    ("src/run", &["crate::admit", "crate::record", "crate::call", "crate::api", "crate::tools"]),
    ("src/record", &["crate::run", "crate::call", "crate::api", "crate::tools"]),
    ("src/admit", &["crate::record", "crate::call", "crate::api"]),
    ("src/call.rs", &["crate::api"]),
    ("src/tools", &["crate::admit", "crate::record", "crate::call", "crate::api", "Spi::"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn files(below: &str, extension: &str) -> Vec<PathBuf> {
    let path = root().join(below);
    if path.is_file() {
        return vec![path];
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let below = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            found.extend(files(&below, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

/// The lines of a file that are code, up to its tests.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a text");
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]") && !line.starts_with("#[cfg(any(test"))
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn modules_name_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for (module, names) in FORBIDDEN {
        for path in files(module, "rs") {
            for line in code(&path) {
                wrong.extend(
                    names.iter().filter(|name| line.contains(**name)).map(|name| format!("{}: {name}", path.display())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn unsafe_and_postgresqls_internals_stand_in_one_module() {
    let pg = root().join("src/pg");
    for path in files("src", "rs").into_iter().filter(|path| !path.starts_with(&pg)) {
        for line in code(&path) {
            let names_internals =
                line.contains("pg_sys::") && !line.contains("pg_sys::panic") && !line.contains("pg_sys::elog");
            assert!(!names_internals, "{}: {line}", path.display());
            assert!(!line.contains("unsafe ") && !line.contains("allow(unsafe"), "{}: {line}", path.display());
        }
    }
}

#[test]
fn every_unsafe_site_says_why_it_is_sound() {
    for path in files("src/pg", "rs") {
        let lines: Vec<String> = fs::read_to_string(&path).expect("a text").lines().map(str::to_owned).collect();
        for (number, line) in lines.iter().enumerate() {
            let site = line.contains("unsafe {") || line.trim_start().starts_with("unsafe impl");
            let near = &lines[number.saturating_sub(4)..=number];
            assert!(!site || near.iter().any(|line| line.contains("SAFETY:")), "{}:{}", path.display(), number + 1);
        }
    }
}

#[test]
fn no_file_is_much_longer_than_three_hundred_lines() {
    let all =
        ["src", "shim/src", "tests", "sql"].into_iter().flat_map(|below| ["rs", "sql"].map(|kind| files(below, kind)));
    // sql/install is generated.
    for path in all.flatten().filter(|path| !path.starts_with(root().join("sql/install"))) {
        let lines = fs::read_to_string(&path).expect("a text").lines().count();
        assert!(lines <= 320, "{} has {lines} lines", path.display());
    }
}

/// The names of gaps, `/*name*/`, that stand as a text of their own in a line.
fn gaps(line: &str) -> Vec<&str> {
    line.split('"').filter(|text| text.starts_with("/*") && text.ends_with("*/") && !text.contains(' ')).collect()
}

#[test]
fn no_tool_fills_the_gap_of_a_shared_rule_with_something_else() {
    let common = root().join("src/tools/common.rs");
    let lines = code(&common);
    let rules: Vec<_> =
        lines.iter().filter(|line| line.trim_start().starts_with("(\"/*")).flat_map(|line| gaps(line)).collect();
    assert!(rules.len() > 15, "{rules:?}");
    for path in files("src/tools", "rs").into_iter().filter(|path| *path != common) {
        for line in code(&path).iter().filter(|line| !line.contains("with_rules(\"/*")) {
            let taken: Vec<_> = gaps(line).into_iter().filter(|gap| rules.contains(gap)).collect();
            assert!(taken.is_empty(), "{}: {taken:?}", path.display());
        }
    }
}

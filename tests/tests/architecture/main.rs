//! The rules of the layout: allowed dependencies, the place of `unsafe`, the length of files.
//!
//! All code in `src` is read, including macros, except tests. No rule has an exception.

mod arrows;
mod printed;
mod source;

use source::{files, root, sources};

#[test]
fn modules_name_only_what_lies_below_them() {
    let wrong: Vec<_> = sources().iter().flat_map(arrows::forbidden).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn neighbours_do_not_name_each_other_in_a_circle() {
    let circles = arrows::circles(&sources());
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn unsafe_and_postgresqls_internals_stand_in_one_module() {
    for source in sources().iter().filter(|source| source.module.first().is_none_or(|first| first != "pg")) {
        for word in ["unsafe", "pg_sys", "unsafe_code"] {
            // `#![deny(unsafe_code)]` uses this word.
            let denied = word == "unsafe_code" && source.path == "src/lib.rs";
            assert!(denied || !source.words.iter().any(|found| found == word), "{}: {word}", source.path);
        }
    }
}

#[test]
fn every_unsafe_site_says_why_it_is_sound() {
    for path in files("src/pg", "rs") {
        let text = std::fs::read_to_string(root().join(&path)).expect("a text");
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let site = line.contains("unsafe {") || line.trim_start().starts_with("unsafe impl");
            let near = &lines[number.saturating_sub(4)..=number];
            assert!(!site || near.iter().any(|line| line.contains("SAFETY:")), "{path}:{}", number + 1);
        }
    }
}

#[test]
fn no_file_is_longer_than_three_hundred_lines() {
    let mut long = Vec::new();
    for below in ["src", "shim", "tests", "sql", "scripts", "bench", "examples", "docs"] {
        for kind in ["rs", "sql", "sh", "py", "md", "toml"] {
            // These two are generated.
            let files = files(below, kind).into_iter();
            let files = files.filter(|path| !path.starts_with("sql/install/") && path != "docs/tools.md");
            long.extend(files.filter_map(|path| {
                let lines = std::fs::read_to_string(root().join(&path)).expect("a text").lines().count();
                (lines > 300).then(|| format!("{path}: {lines}"))
            }));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_tool_is_in_the_catalogue_and_has_a_folder_with_its_declaration_and_its_tests() {
    let mut count = 0;
    let catalogue = std::fs::read_to_string(root().join("src/tools/mod.rs")).expect("the catalogue");
    for path in files("src/tools", "rs") {
        let text = std::fs::read_to_string(root().join(&path)).expect("a text");
        let Some(name) = text.split_once("const NAME: &'static str = \"").and_then(|(_, rest)| rest.split('"').next())
        else {
            continue;
        };
        count += 1;
        assert!(path.ends_with(&format!("/{name}/mod.rs")), "{name} is declared in {path}");
        let tests = path.replace("/mod.rs", "/tests.rs");
        let tested = std::fs::read_to_string(root().join(&tests)).unwrap_or_default();
        assert!(text.contains("\nmod tests;\n"), "{path} does not declare `mod tests;`, so no test of {name} is run");
        assert!(catalogue.contains(&format!("::{name}::")), "{name} is not in the catalogue, src/tools/mod.rs");
        assert!(tested.contains("#[pg_test]"), "{name} has no test in {tests}");
        let run = text.find("    fn run(").unwrap_or_else(|| panic!("{path} has no `run`"));
        for after in ["    const EXAMPLES", "    const ERRORS"] {
            assert!(text.find(after).is_some_and(|at| run < at), "{path}: {after} does not come after `run`");
        }
    }
    assert_eq!(count, catalogue.matches("Tool::of::<").count(), "tools that were found, and tools of the catalogue");
}

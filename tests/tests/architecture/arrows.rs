//! The dependencies that are allowed between modules.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Source;

/// The layers of the crate, each with the layers that it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("names", &[]),
    ("error", &["names"]),
    ("core", &["names", "error"]),
    ("pg", &["names", "error", "core"]),
    ("admit", &["names", "error", "core", "pg"]),
    ("run", &["names", "error", "core", "pg"]),
    ("record", &["names", "error", "core", "pg"]),
    ("tools", &["names", "error", "core", "pg", "run"]),
    ("verdict", &["names", "error", "core", "pg", "run", "tools"]),
    ("call", &["names", "error", "core", "pg", "admit", "run", "record", "tools"]),
    ("api", &["names", "error", "core", "pg", "admit", "run", "record", "tools", "verdict", "call"]),
    ("schema", &[]),
];

/// The domains of tools. None may use another.
const DOMAINS: &[&str] = &["jobs", "parts", "operations", "issues", "scrap", "substeps", "dashboard"];

/// The modules below the domains, the highest first. Each may use those after it.
const BELOW_DOMAINS: &[&str] = &["planning", "batch", "lifecycle", "shared"];

/// The names in a file that the layers forbid.
pub fn forbidden(source: &Source) -> Vec<String> {
    let Some(layer) = source.module.first() else {
        // What the root re-exports, every layer could use without naming where it comes from.
        let re_exports = source.words.contains("use");
        return if re_exports { vec![format!("{}: uses something", source.path)] } else { Vec::new() };
    };
    let Some((_, below)) = LAYERS.iter().find(|(name, _)| name == layer) else {
        return vec![format!("{}: this module belongs to no layer", source.path)];
    };
    let layers = source.names.iter().filter(|name| match name.first() {
        // A macro of the crate. The paths that it uses are checked in the file that defines it.
        Some(first) if name.len() == 1 && !LAYERS.iter().any(|(layer, _)| layer == first) => false,
        Some(first) => first != layer && !below.contains(&first.as_str()),
        // The whole crate: `use crate::*`, `use crate as everything`.
        None => true,
    });
    let mut wrong: Vec<_> = layers.map(|name| format!("{}: {}", source.path, name.join("::"))).collect();
    if ["core", "names", "error"].contains(&layer.as_str()) && source.words.contains("Spi") {
        wrong.push(format!("{}: runs a query", source.path));
    }
    if layer == "core" && source.words.contains("pgrx") {
        wrong.push(format!("{}: pgrx", source.path));
    }
    if layer == "tools" {
        wrong.extend(between_tools(source));
        wrong.extend(
            ["Spi", "query"]
                .iter()
                .filter(|word| source.words.contains(**word) && names_query(source, word))
                .map(|word| format!("{}: bypasses its call to run statements: {word}", source.path)),
        );
    }
    wrong
}

/// Tools run their statements through the call, which passes the tenant. Whoever names the whole of `pg` can reach its queries.
fn names_query(source: &Source, word: &str) -> bool {
    let names = |name: &Vec<String>| {
        name.first().is_some_and(|first| first == "pg") && name.get(1).is_none_or(|inner| inner == "query")
    };
    word == "Spi" || source.names.iter().any(names)
}

fn between_tools(source: &Source) -> Vec<String> {
    let Some(place) = source.module.get(1) else { return Vec::new() };
    let rank = |place: &str| BELOW_DOMAINS.iter().position(|below| *below == place);
    let allowed = |other: &str| match (rank(place), rank(other)) {
        _ if place == other => true,
        (None, Some(_)) => DOMAINS.contains(&place.as_str()),
        (Some(own), Some(other)) => own < other,
        (_, None) => false,
    };
    // Without a module of its own after it, `tools` is the catalogue, which lies above all of them, or all of them at once.
    let names = source.names.iter().filter(|name| name.first().is_some_and(|first| first == "tools"));
    names
        .filter(|name| !name.get(1).is_some_and(|other| allowed(other)))
        .map(|name| format!("{}: {}", source.path, name.join("::")))
        .collect()
}

/// The dependency cycles among the modules of one folder.
pub fn circles(sources: &[Source]) -> Vec<String> {
    let modules: BTreeSet<&[String]> = sources.iter().map(|source| &source.module[..]).collect();
    let folders: BTreeSet<&[String]> = sources
        .iter()
        .filter(|source| !source.module.is_empty())
        .map(|source| &source.module[..source.module.len() - 1])
        .collect();
    let mut circles = Vec::new();
    for folder in folders {
        let depth = folder.len();
        let beside = |path: &[String]| {
            (path.len() > depth && path.starts_with(folder) && modules.contains(&path[..=depth]))
                .then(|| path[depth].clone())
        };
        let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for source in sources {
            if let Some(from) = beside(&source.module) {
                let to = source.names.iter().filter_map(|name| beside(name)).filter(|to| *to != from);
                arrows.entry(from.clone()).or_default().extend(to);
            }
        }
        let closed = |from: &String| reachable(&arrows, from).contains(from);
        let in_circle: Vec<_> = arrows.keys().filter(|from| closed(from)).cloned().collect();
        if !in_circle.is_empty() {
            circles.push(format!("{}: {}", folder.join("::"), in_circle.join(", ")));
        }
    }
    circles
}

fn reachable(arrows: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut ahead: Vec<&String> = arrows.get(from).into_iter().flatten().collect();
    while let Some(next) = ahead.pop() {
        if seen.insert(next.clone()) {
            ahead.extend(arrows.get(next).into_iter().flatten());
        }
    }
    seen
}

mod tests {
    use super::*;
    use crate::source::read;

    fn wrong(path: &str, text: &str) -> Vec<String> {
        forbidden(&read(path, text).0)
    }

    /// For each layer, a file that uses each other layer, in each way in which Rust can refer to it.
    #[test]
    fn each_forbidden_arrow_is_found() {
        let all: Vec<&str> = LAYERS.iter().map(|(layer, _)| *layer).collect();
        for (layer, below) in LAYERS {
            for other in all.iter().filter(|other| *other != layer) {
                for text in [
                    format!("use crate::{other}::x;"),
                    format!("use crate::{{{other}::{{x, y}}, names}};"),
                    format!("fn f() {{ crate::{other}::x() }}"),
                    format!("some_macro! {{ static X = crate::{other}::x; }}"),
                    format!("use super::super::{other}::x;"),
                    format!("#[cfg(test)] mod tests {{}} fn f() {{ crate::{other}::x() }}"),
                ] {
                    let found = !wrong(&format!("src/{layer}/inner.rs"), &text).is_empty();
                    let names = !below.contains(&"names") && text.contains("names") && *layer != "names";
                    assert_eq!(found, names || !below.contains(other), "{layer}: {text}");
                }
            }
        }
    }

    #[test]
    fn each_forbidden_arrow_between_tools_is_found() {
        for (own, domain) in DOMAINS.iter().enumerate() {
            for (other, another) in DOMAINS.iter().enumerate() {
                let found = wrong(&format!("src/tools/{domain}/x/mod.rs"), &format!("use crate::tools::{another}::y;"));
                assert_eq!(found.is_empty(), own == other, "{domain} -> {another}");
            }
            for (rank, below) in BELOW_DOMAINS.iter().enumerate() {
                assert!(
                    wrong(&format!("src/tools/{domain}/x/mod.rs"), &format!("use crate::tools::{below}::y;"))
                        .is_empty()
                );
                assert!(
                    !wrong(&format!("src/tools/{below}/x.rs"), &format!("use super::super::{domain}::y;")).is_empty()
                );
                for (other, another) in BELOW_DOMAINS.iter().enumerate() {
                    let found = wrong(&format!("src/tools/{below}/x.rs"), &format!("use crate::tools::{another}::y;"));
                    assert_eq!(found.is_empty(), rank <= other, "{below} -> {another}");
                }
            }
        }
        assert!(!wrong("src/tools/jobs/x/mod.rs", "use crate::pg::query; fn f() { query::read() }").is_empty());
        assert!(!wrong("src/tools/jobs/x/mod.rs", "use crate::pg; fn f() { pg::query::read() }").is_empty());
    }

    /// What is named as a whole, by a glob or under another name, cannot hide an arrow.
    #[test]
    fn detours_to_what_is_forbidden_are_found() {
        for text in [
            "use crate::tools; fn f() { tools::parts::x() }",
            "use crate::tools::*; fn f() { parts::x() }",
            "use crate::tools as all; fn f() { all::parts::x() }",
            "use crate::tools::{self as all}; fn f() { all::parts::x() }",
            "use crate::tools::find;",
            "use crate::tools::{super::tools::parts::x};",
            "use super::super::{super::parts::x};",
            "use crate::tools::a_new_domain::x;",
            "#[cfg(any(test, debug_assertions))] use crate::tools::parts::x;",
        ] {
            assert!(!wrong("src/tools/jobs/x/mod.rs", text).is_empty(), "{text}");
        }
        for text in [
            "use crate::*; fn f() { admit::x() }",
            "use crate as all; fn f() { all::admit::x() }",
            "use super::super::{self as all}; fn f() { all::admit::x() }",
            "use super::{super::admit::x};",
            "#[cfg(test_or_not)] use crate::admit::x;",
        ] {
            assert!(!wrong("src/record/inner.rs", text).is_empty(), "{text}");
        }
        assert!(!wrong("src/lib.rs", "pub mod tools; pub use tools::find;").is_empty());
        assert!(
            wrong("src/tools/jobs/x/mod.rs", "pub(in crate::tools) fn f() { g(crate::tools::jobs::y) }").is_empty()
        );
    }

    #[test]
    fn tests_may_name_what_they_like_and_a_circle_is_found() {
        let tests = "#[cfg(any(test, feature = \"pg_test\"))] mod tests { use crate::api::x; }";
        assert!(wrong("src/core/key.rs", tests).is_empty());
        let circle = |one: &str, other: &str| {
            circles(&[read("src/run/one.rs", one).0, read("src/run/other.rs", other).0, read("src/run/mod.rs", "").0])
        };
        assert_eq!(circle("use super::other::X;", "use crate::run::one::Y;"), ["run: one, other"]);
        assert!(circle("use super::other::X;", "").is_empty());
    }
}

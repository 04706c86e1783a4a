//! Which tools work with the tables of a schema. A tool works if its statements fit: PostgreSQL parses each of them with the schema's names,
//! and nothing is run.

use std::collections::{BTreeMap, BTreeSet};

use super::all;
use crate::pg::statement::{self, Misfit, Schemas};
use crate::run::tool::Tool;

/// What can be said of a tool before it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that it may run fits.
    Works,
    /// It works, except with these arguments or in these cases, each with the reason.
    Without(BTreeMap<&'static str, String>),
    /// It cannot work.
    Cannot(String),
}

/// Which tools run the statements of a file outside of the tools' own folders, by the names of the tools. `*` is every tool of the domain
/// in which the file is, or every tool. A test compares it with what the tools' examples run.
const SHARED: &[(&str, &[&str])] = &[];

/// The file of a statement, from the place of its declaration.
fn file(at: &str) -> &str {
    at.split(',').next().unwrap_or(at)
}

/// The folder of a tool, from the path of its type.
fn folder(tool: &Tool) -> String {
    let path: Vec<_> = (tool.path)().split("::").skip(1).collect();
    format!("src/{}/", path[..path.len() - 1].join("/"))
}

fn is_of(file: &str, tool: &Tool) -> bool {
    let shared = SHARED.iter().any(|(shared, tools)| file == format!("src/tools/{shared}") && tools.contains(&tool.name));
    shared || file.starts_with(&folder(tool))
}

/// The verdict on each tool, in the catalogue's order. `also` finds in a text what PostgreSQL does not, such as a column of another type.
pub fn verdicts(schemas: Schemas<'_>, also: &dyn Fn(&str) -> Option<String>) -> Vec<(&'static Tool, Verdict)> {
    let misfits: Vec<_> = statement::all()
        .filter(|declared| file(declared.0.at()).starts_with("src/tools/"))
        .filter_map(|declared| Some((file(declared.0.at()), declared.misfit(schemas, also)?)))
        .collect();
    all().map(|tool| (tool, verdict(misfits.iter().filter(|(file, _)| is_of(file, tool)).map(|(_, misfit)| misfit)))).collect()
}

fn verdict<'a>(misfits: impl Iterator<Item = &'a Misfit>) -> Verdict {
    let (mut whole, mut parts) = (BTreeSet::new(), BTreeMap::new());
    for misfit in misfits {
        match misfit {
            Misfit::Whole(reason) => {
                whole.insert(reason.clone());
            }
            Misfit::Parts(these) => parts.extend(these.clone()),
        }
    }
    if !whole.is_empty() {
        Verdict::Cannot(whole.into_iter().collect::<Vec<_>>().join(", "))
    } else if parts.is_empty() {
        Verdict::Works
    } else {
        Verdict::Without(parts)
    }
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use super::*;
    use crate::pg::query::RAN;
    use crate::tools::probe;
    use pgrx::prelude::*;

    /// The statements that a tool's examples and error cases run, by file. What they answer does not matter.
    fn run_by(tool: &Tool) -> BTreeSet<&'static str> {
        RAN.with_borrow_mut(BTreeSet::clear);
        for example in tool.examples.iter().chain(tool.errors.iter().map(|case| &case.example)) {
            probe::attempt(example.tenant, tool.name, example.arguments);
        }
        RAN.with_borrow(|ran| ran.iter().map(|at| file(at)).filter(|file| file.starts_with("src/tools/")).collect())
    }

    #[pg_test]
    fn the_statements_that_a_tool_runs_count_for_its_verdict() {
        probe::demo();
        let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for tool in all() {
            for file in run_by(tool).into_iter().filter(|file| !is_of(file, tool)) {
                missing.entry(file).or_default().push(tool.name);
            }
        }
        assert!(missing.is_empty(), "in no line of SHARED: {missing:#?}");
    }

    #[pg_test]
    fn every_statement_is_some_tools() {
        let files: BTreeSet<_> = statement::all().map(|declared| file(declared.0.at())).filter(|file| file.starts_with("src/tools/")).collect();
        assert!(files.len() > 50, "the paths are not those of the sources: {files:?}");
        let strays: Vec<_> = files.into_iter().filter(|file| !all().any(|tool| is_of(file, tool))).collect();
        assert!(strays.is_empty(), "{strays:?}");
    }
}

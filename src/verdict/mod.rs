//! Which tools work with the tables of a schema. A tool works if its statements fit: PostgreSQL parses each of them with the schema's names,
//! and nothing is run.

use std::collections::{BTreeMap, BTreeSet};

use crate::pg::fits::Misfit;
use crate::pg::statement::{self, Schemas};
use crate::run::tool::Tool;
use crate::tools::all;

/// Where the tools' sources are.
const TOOLS: &str = "src/tools/";

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

/// Which tools run the statements that are not in a tool's own folder: a line for each, `file, NAME: tool tool`. A test compares it with what
/// the tools' examples run, and prints the lines to replace it with.
const SHARED: &str = include_str!("shared_statements.txt");

/// The lines of [`SHARED`], by statement.
fn shared() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let lines = SHARED.lines().filter_map(|line| line.split_once(": "));
    lines.map(|(statement, tools)| (statement, tools.split(' ').collect())).collect()
}

/// The folder of a tool's declaration, from the path of its type.
fn folder(tool: &Tool) -> String {
    let path: Vec<_> = (tool.path)().split("::").skip(1).collect();
    format!("src/{}/", path[..path.len() - 1].join("/"))
}

/// The verdict on each tool, in the catalogue's order. `also` finds in a text what PostgreSQL does not, such as a column of another type.
pub fn verdicts(schemas: Schemas<'_>, also: &dyn Fn(&str) -> Option<String>) -> Vec<(&'static Tool, Verdict)> {
    let shared = shared();
    let misfits: Vec<_> = statement::all()
        .filter(|declared| declared.0.at().starts_with(TOOLS))
        .filter_map(|declared| Some((declared.0.at(), declared.misfit(schemas, also)?)))
        .collect();
    let runs = |tool: &Tool, at: &str| {
        at.starts_with(&folder(tool)) || shared.get(&at[TOOLS.len()..]).is_some_and(|tools| tools.contains(tool.name))
    };
    all()
        .map(|tool| (tool, verdict(misfits.iter().filter(|(at, _)| runs(tool, at)).map(|(_, misfit)| misfit))))
        .collect()
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

    /// The statements outside of its folder that a tool's examples and error cases run. What they answer does not matter.
    fn run_by(tool: &Tool) -> Vec<&'static str> {
        RAN.with_borrow_mut(BTreeSet::clear);
        for example in tool.examples.iter().chain(tool.errors.iter().map(|case| &case.example)) {
            probe::attempt(example.tenant, tool.name, example.arguments);
        }
        let own = folder(tool);
        let of_tools = |at: &&str| at.starts_with(TOOLS) && !at.starts_with(&own);
        RAN.with_borrow(|ran| ran.iter().copied().filter(of_tools).map(|at| &at[TOOLS.len()..]).collect())
    }

    #[pg_test]
    fn the_statements_that_a_tool_runs_count_for_its_verdict() {
        probe::demo();
        let declared: BTreeSet<_> =
            statement::all().filter_map(|declared| declared.0.at().strip_prefix(TOOLS)).collect();
        assert!(declared.len() > 100, "the paths are not those of the sources: {declared:?}");
        let mut lines = shared();
        lines.retain(|at, _| declared.contains(at));
        for tool in all() {
            for at in run_by(tool) {
                lines.entry(at).or_default().insert(tool.name);
            }
        }
        let names = |tools: &BTreeSet<&str>| tools.iter().copied().collect::<Vec<_>>().join(" ");
        let text: String = lines.iter().map(|(at, tools)| format!("{at}: {}\n", names(tools))).collect();
        assert!(text == SHARED, "src/verdict/shared_statements.txt should be:\n{text}");
    }
}

//! The tables: which state may follow which, who takes the step, and what it needs.

use super::{Argument, ISSUE, JOB, Kind, NCR, Need, OPERATION, PART, SUBSTEP, State, Words};

/// Who takes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By<E> {
    /// Each of these tools, when a caller asks for it.
    Tools(&'static [&'static str]),
    /// Something else that happened, in the same transaction.
    Event(E),
}

/// One step: from which state to which, who takes it, and what it needs.
#[derive(Debug)]
pub struct Row<K: Kind> {
    /// Where it starts.
    pub from: K::State,
    /// Where it leads.
    pub to: K::State,
    /// Who takes it.
    pub by: By<K::Event>,
    /// All of what it needs.
    pub needs: &'static [K::Need],
}

impl<K: Kind> Row<K> {
    pub(super) const fn tools(
        from: K::State,
        to: K::State,
        tools: &'static [&'static str],
        needs: &'static [K::Need],
    ) -> Self {
        Self { from, to, by: By::Tools(tools), needs }
    }

    pub(super) const fn event(from: K::State, to: K::State, event: K::Event, needs: &'static [K::Need]) -> Self {
        Self { from, to, by: By::Event(event), needs }
    }

    /// The tools that take it.
    fn taken_by(&self) -> &'static [&'static str] {
        match self.by {
            By::Tools(tools) => tools,
            By::Event(_) => &[],
        }
    }

    /// Whether it needs this.
    #[must_use]
    pub fn needs(&self, need: K::Need) -> bool {
        self.needs.contains(&need)
    }

    /// Whether it needs this argument.
    #[must_use]
    pub fn needs_argument(&self, argument: Argument) -> bool {
        self.needs.iter().any(|need| need.argument() == Some(argument))
    }
}

/// The steps of one kind of row. What it does not list is refused.
#[derive(Debug)]
pub struct Table<K: Kind> {
    /// What the rows are, as errors and documents say it.
    pub kind: &'static str,
    /// Its steps.
    pub rows: &'static [Row<K>],
}

/// A row of a table in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The table's kind.
    pub kind: &'static str,
    /// The state before.
    pub from: &'static str,
    /// The state after.
    pub to: &'static str,
    /// The tools, or the event.
    pub by: String,
    /// What it needs; empty when it needs nothing.
    pub needs: String,
}

impl<K: Kind> Table<K> {
    fn between(&self, from: K::State, to: K::State) -> impl Iterator<Item = &'static Row<K>> {
        self.rows.iter().filter(move |row| row.from == from && row.to == to)
    }

    /// The step that this tool takes between two states.
    #[must_use]
    pub fn step(&self, tool: &str, from: K::State, to: K::State) -> Option<&'static Row<K>> {
        self.between(from, to).find(|row| row.taken_by().contains(&tool))
    }

    /// Whether this event leads from one state to another.
    #[must_use]
    pub fn follows(&self, event: K::Event, from: K::State, to: K::State) -> bool {
        self.between(from, to).any(|row| row.by == By::Event(event))
    }

    /// The states that tools can lead to from `from`.
    #[must_use]
    pub fn after(&self, from: K::State) -> Vec<K::State> {
        let asked = self.rows.iter().filter(|row| row.from == from && matches!(row.by, By::Tools(_)));
        distinct(asked.map(|row| row.to))
    }

    /// The tools that take the step between two states.
    #[must_use]
    pub fn tools(&self, from: K::State, to: K::State) -> Vec<&'static str> {
        self.between(from, to).flat_map(Row::taken_by).copied().collect()
    }

    /// The states from which this tool leads to `to`.
    #[must_use]
    pub fn before(&self, tool: &str, to: K::State) -> Vec<K::State> {
        let rows = self.rows.iter().filter(|row| row.to == to && row.taken_by().contains(&tool));
        distinct(rows.map(|row| row.from))
    }

    /// A row of this kind, with its article.
    #[must_use]
    pub fn one(&self) -> String {
        let vowel = self.kind.starts_with(['a', 'e', 'i', 'o', 'u', 'N']);
        format!("{} {}", if vowel { "an" } else { "a" }, self.kind)
    }

    /// Its rows in words.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        self.rows.iter().map(|row| Line {
            kind: self.kind,
            from: row.from.name(),
            to: row.to.name(),
            by: match row.by {
                By::Tools(tools) => tools.join(", "),
                By::Event(event) => event.words().to_owned(),
            },
            needs: row.needs.iter().map(|need| need.words()).collect::<Vec<_>>().join("; "),
        })
    }
}

/// The rows of all tables in words.
#[must_use]
pub fn lines() -> Vec<Line> {
    let work = JOB.lines().chain(PART.lines()).chain(OPERATION.lines()).chain(SUBSTEP.lines());
    work.chain(ISSUE.lines()).chain(NCR.lines()).collect()
}

/// Each state once, in the order of the first time.
fn distinct<S: State>(states: impl Iterator<Item = S>) -> Vec<S> {
    states.fold(Vec::new(), |mut kept, state| {
        if !kept.contains(&state) {
            kept.push(state);
        }
        kept
    })
}

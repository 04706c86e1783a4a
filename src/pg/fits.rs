//! Whether the tables of a schema have what a statement names: PostgreSQL parses and analyses it, and nothing is run.

use std::collections::BTreeMap;

use super::query;
use super::statement::{Choice, Declared, Group, Schemas};

/// A decision that a call makes: whether to choose an optional part, or which part of a group. The first option is none, if allowed.
pub(in crate::pg) type Decision = Vec<Option<&'static str>>;

/// Why a statement does not fit a schema, in PostgreSQL's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// It cannot be run at all.
    Whole(String),
    /// It can be run without these parts.
    Parts(BTreeMap<&'static str, String>),
}

impl Declared {
    pub(in crate::pg) fn decisions(&self) -> Vec<Decision> {
        let mut decisions: Vec<(bool, &str, Decision)> = Vec::new();
        for part in self.0.all_parts() {
            let (is_group, key, none) = match part.group {
                Group::Alone => (false, part.name, Some(None)),
                Group::OneOf(group) => (true, group, None),
                Group::AtMostOneOf(group) => (true, group, Some(None)),
            };
            let known = decisions.iter().position(|decision| (decision.0, decision.1) == (is_group, key));
            let known = known.unwrap_or_else(|| {
                decisions.push((is_group, key, none.into_iter().collect()));
                decisions.len() - 1
            });
            if !decisions[known].2.contains(&Some(part.name)) {
                decisions[known].2.push(Some(part.name));
            }
        }
        decisions.into_iter().map(|(_, _, decision)| decision).collect()
    }

    /// A choice of these parts. Any value will do, because only the choice matters.
    pub(in crate::pg) fn choice(&self, names: &[&'static str]) -> Choice<'static> {
        let mut choice = Choice::none();
        for name in names.iter().copied() {
            if self.0.all_parts().any(|part| part.name == name && part.value.is_some()) {
                choice.value(name, Some(false));
            } else {
                choice.part(name);
            }
        }
        choice
    }

    /// What of this statement does not fit the schema; `also` finds what PostgreSQL does not, in a text.
    ///
    /// It is tried with as few parts as possible, and with each other part. If a part that a call must choose does not fit, but another of its
    /// group does, then the statement works without the first.
    #[must_use]
    pub fn misfit(&self, schemas: Schemas<'_>, also: &dyn Fn(&str) -> Option<String>) -> Option<Misfit> {
        let types: Vec<_> = self.0.types().collect();
        let wrong = |names: &[Option<&'static str>]| {
            let names: Vec<_> = names.iter().copied().flatten().collect();
            // A statement that cannot be built is a mistake of ours, which a test finds.
            let sql = self.0.build(schemas, self.choice(&names).of(self.0)).ok()?;
            query::parse(&sql, &types).err().or_else(|| also(&sql))
        };
        let decisions = self.decisions();
        let mut base: Vec<_> = decisions.iter().map(|decision| decision[0]).collect();
        let first = wrong(&base);
        let with = |base: &[_], at: usize, name| {
            let mut names = base.to_vec();
            names[at] = name;
            names
        };
        let others: Vec<_> = decisions
            .iter()
            .enumerate()
            .flat_map(|(at, decision)| decision.iter().map(move |name| (at, *name)))
            .collect();
        let mut parts = BTreeMap::new();
        if let Some(reason) = first {
            let Some((at, name)) = others.iter().copied().find(|(at, name)| wrong(&with(&base, *at, *name)).is_none())
            else {
                return Some(Misfit::Whole(reason));
            };
            base[at] = name;
        }
        for (at, name) in others {
            if name != base[at]
                && let Some(reason) = wrong(&with(&base, at, name))
            {
                parts.insert(name.unwrap_or("any of a choice"), reason);
            }
        }
        (!parts.is_empty()).then_some(Misfit::Parts(parts))
    }
}

//! Whether the tables of a schema have what a statement names: PostgreSQL parses and analyses it, and nothing is run.

use std::collections::BTreeMap;

use super::{Choice, Declared, Group, Schemas};
use crate::pg::query;

/// A decision that a call makes: whether to choose an optional part, or which part of a group. The first option is none, if allowed.
pub(super) type Decision = Vec<Option<&'static str>>;

/// Why a statement does not fit a schema, in PostgreSQL's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// It cannot be run at all.
    Whole(String),
    /// It can be run without these parts.
    Parts(BTreeMap<&'static str, String>),
}

impl Declared {
    pub(super) fn decisions(&self) -> Vec<Decision> {
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
    pub(super) fn choice(&self, names: &[&'static str]) -> Choice<'static> {
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

    /// The text with as few parts as possible, and then with each other part.
    fn texts(&self, schemas: Schemas<'_>) -> Vec<(Option<&'static str>, String)> {
        let decisions = self.decisions();
        let fewest: Vec<_> = decisions.iter().map(|decision| decision[0]).collect();
        let mut choices = vec![(None, fewest.clone())];
        for (at, decision) in decisions.iter().enumerate() {
            for name in &decision[1..] {
                let mut names = fewest.clone();
                names[at] = *name;
                choices.push((*name, names));
            }
        }
        let build = |names: Vec<Option<&'static str>>| {
            let names: Vec<_> = names.into_iter().flatten().collect();
            // A statement that cannot be built is a mistake of ours, which a test finds.
            self.0.build(schemas, self.choice(&names).of(self.0)).ok()
        };
        choices.into_iter().filter_map(|(name, names)| Some((name, build(names)?))).collect()
    }

    /// What of this statement does not fit the schema; `also` finds what PostgreSQL does not, in a text.
    #[must_use]
    pub fn misfit(&self, schemas: Schemas<'_>, also: &dyn Fn(&str) -> Option<String>) -> Option<Misfit> {
        let types: Vec<_> = self.0.types().collect();
        let mut parts = BTreeMap::new();
        for (part, sql) in self.texts(schemas) {
            let Some(reason) = query::parse(&sql, &types).err().or_else(|| also(&sql)) else { continue };
            match part {
                None => return Some(Misfit::Whole(reason)),
                Some(name) => parts.insert(name, reason),
            };
        }
        (!parts.is_empty()).then_some(Misfit::Parts(parts))
    }
}

//! The parts of a statement that a call chooses.

use super::{Group, Statement};
use crate::pg::args::{Arg, IntoArg, again};

/// The set of chosen parts, by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(in crate::pg) struct Chosen(u64);

impl Chosen {
    pub(super) fn has(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }

    /// Without a part of a group that requires one, the group's gaps would be empty; with two parts, they would be filled twice.
    pub(super) fn assert_groups(self, statement: &Statement) {
        let chosen = |group: Group| {
            let mut names =
                statement.all_parts().enumerate().filter(|(index, part)| part.group == group && self.has(*index));
            let first = names.next().map(|(_, part)| part.name);
            (first, names.all(|(_, part)| Some(part.name) == first))
        };
        for part in statement.all_parts().filter(|part| part.group != Group::Alone) {
            let (first, alone) = chosen(part.group);
            let needed = matches!(part.group, Group::OneOf(_));
            assert!(alone && (first.is_some() || !needed), "{statement}: the choice does not satisfy {:?}", part.group);
        }
    }
}

/// The parts that a call chooses, with their values. One choice can be used for several statements.
#[derive(Default)]
pub struct Choice<'a>(Vec<(&'static str, Option<Arg<'a>>)>);

impl<'a> Choice<'a> {
    /// No part.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Chooses a part without a value.
    pub fn part(&mut self, name: &'static str) {
        self.0.push((name, None));
    }

    /// Chooses a part by its name, or none.
    pub fn one(&mut self, name: Option<&'static str>) {
        if let Some(name) = name {
            self.part(name);
        }
    }

    /// Chooses a part without a value if `chosen`.
    pub fn when(&mut self, name: &'static str, chosen: bool) {
        if chosen {
            self.part(name);
        }
    }

    /// Chooses the first part for true, the second for false, and neither for `None`.
    pub fn either(&mut self, if_true: &'static str, if_false: &'static str, chosen: Option<bool>) {
        self.one(chosen.map(|chosen| if chosen { if_true } else { if_false }));
    }

    /// Chooses a part if there is a value for it.
    pub fn value<T: IntoArg<'a>>(&mut self, name: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.0.push((name, Some(value.into_arg())));
        }
    }

    /// The parts of a statement that this choice selects. Whether they satisfy its groups is checked when it is built.
    pub(in crate::pg) fn of(&self, statement: &Statement) -> Chosen {
        let mut chosen = Chosen::default();
        for (name, value) in &self.0 {
            let mut known = false;
            for (index, part) in statement.all_parts().enumerate().filter(|(_, part)| part.name == *name) {
                known = true;
                assert!(
                    part.value.is_some() == value.is_some(),
                    "{statement}: the part {name} has a value it does not take, or lacks its value"
                );
                chosen.0 |= 1 << index;
            }
            assert!(known, "{statement} has no part {name}");
        }
        chosen
    }

    /// The parameters of a statement: `args`, then for each part with a parameter its value, or NULL if it is not chosen.
    pub(in crate::pg) fn args<'b>(&'b self, statement: &Statement, args: &[Arg<'b>]) -> Vec<Arg<'b>> {
        let mut all: Vec<Arg<'b>> = args.iter().map(again).collect();
        for part in statement.all_parts() {
            if let Some(of) = part.value {
                let value = self.0.iter().find(|(name, _)| *name == part.name).and_then(|(_, value)| value.as_ref());
                all.push(value.map_or_else(|| Arg::null_oid(of.oid()), again));
            }
        }
        let fits = all.len() == statement.types().count()
            && all.iter().zip(statement.types()).all(|(arg, of)| arg.oid() == of.oid());
        assert!(fits, "{statement}: the arguments do not match the declared parameters");
        all
    }
}

//! Every declared statement in the combinations of its parts, for tests.

use std::collections::BTreeSet;

use super::{Choice, Declared, Group, Schemas};
use crate::pg::query;

/// Up to this many combinations all are built. A statement with more is built with each part and each pair of parts, with all of them and
/// with none, for each choice of its groups.
const MAX_COMBINATIONS: usize = 4096;

impl Declared {
    /// All choices of parts that calls can make.
    fn choices(&self) -> Vec<Vec<&'static str>> {
        let mut optional = Vec::new();
        let mut groups: Vec<(&str, Vec<Option<&str>>)> = Vec::new();
        for part in self.statement.all_parts() {
            let (group, name) = match part.group {
                Group::Alone => {
                    if !optional.contains(&part.name) {
                        optional.push(part.name);
                    }
                    continue;
                }
                Group::OneOf(group) | Group::AtMostOneOf(group) => (group, Some(part.name)),
            };
            let known = groups.iter().position(|(known, _)| *known == group).unwrap_or_else(|| {
                let none = matches!(part.group, Group::AtMostOneOf(_)).then_some(None);
                groups.push((group, none.into_iter().collect()));
                groups.len() - 1
            });
            if !groups[known].1.contains(&name) {
                groups[known].1.push(name);
            }
        }
        let of_groups = groups.iter().fold(vec![Vec::new()], |choices, (_, names)| {
            choices
                .iter()
                .flat_map(|choice: &Vec<_>| names.iter().map(move |name| [&choice[..], name.as_slice()].concat()))
                .collect()
        });
        let subsets = subsets(&optional, MAX_COMBINATIONS / of_groups.len().max(1));
        of_groups
            .iter()
            .flat_map(|choice| subsets.iter().map(move |subset| [&choice[..], &subset[..]].concat()))
            .collect()
    }

    /// Builds the statement in all of them and gives the texts to PostgreSQL, which parses and analyses them. Gives what is wrong.
    pub(crate) fn check(&self, schemas: Schemas<'_>) -> Vec<String> {
        let ambiguous = self.statement.ambiguous();
        if !ambiguous.is_empty() {
            return vec![format!("{}: gaps with two meanings: {ambiguous:?}", self.at)];
        }
        let types: Vec<_> = self.statement.types().collect();
        let mut wrong = Vec::new();
        for names in self.choices() {
            let values = self.statement.all_parts().filter(|part| part.value.is_some()).map(|part| part.name);
            let with_value: BTreeSet<_> = values.collect();
            let mut choice = Choice::none();
            for name in names.iter().copied() {
                if with_value.contains(name) {
                    // Only the choice counts here; nothing is run.
                    choice.value(name, Some(false));
                } else {
                    choice.part(name);
                }
            }
            let failed = match self.statement.build(schemas, choice.of(self.statement)) {
                Ok(sql) => query::parse(&sql, &types).err().map(|message| format!("{message}\n{sql}")),
                Err(error) => Some(error.to_string()),
            };
            if let Some(failed) = failed {
                wrong.push(format!("{} with {names:?}: {failed}", self.at));
                break;
            }
        }
        wrong
    }
}

fn subsets(names: &[&'static str], most: usize) -> Vec<Vec<&'static str>> {
    if names.len() < 20 && 1 << names.len() <= most {
        let chosen = |bits: usize| (0..names.len()).filter(move |index| bits & (1 << index) != 0);
        return (0..1_usize << names.len()).map(|bits| chosen(bits).map(|index| names[index]).collect()).collect();
    }
    let mut some = vec![Vec::new(), names.to_vec()];
    for (index, name) in names.iter().enumerate() {
        some.push(vec![*name]);
        some.extend(names[..index].iter().map(|other| vec![*other, *name]));
    }
    some
}

//! For tests: builds declared statements in the combinations of their parts.

use std::collections::BTreeSet;

use super::{Declared, Group, Schemas};
use crate::pg::fits::Decision;
use crate::pg::query;

/// A statement with up to this many combinations is built in all of them. For a statement with more, every pair of choices occurs in at
/// least one build; one build has as few parts as possible, another as many.
const MAX_COMBINATIONS: usize = 4096;

impl Declared {
    /// The choices of parts to build with; see [`MAX_COMBINATIONS`].
    fn choices(&self) -> Vec<Vec<&'static str>> {
        let decisions = self.decisions();
        let count = decisions.iter().fold(1_usize, |count, decision| count.saturating_mul(decision.len()));
        if count > MAX_COMBINATIONS {
            return pairs(&decisions);
        }
        decisions.iter().fold(vec![Vec::new()], |choices, decision| {
            choices
                .iter()
                .flat_map(|choice: &Vec<_>| decision.iter().map(move |name| [&choice[..], name.as_slice()].concat()))
                .collect()
        })
    }

    /// The parts of a group of which one must be chosen, with the gaps that others of the group fill and they do not. What leaves a gap
    /// empty on purpose says so with an empty text.
    fn empty(&self) -> BTreeSet<(&'static str, &'static str)> {
        let parts = || self.0.all_parts().filter(|part| matches!(part.group, Group::OneOf(_)));
        let fills = |name: &str, gap: &str| parts().any(|part| part.name == name && part.gap == gap);
        let pairs = parts().flat_map(|part| {
            parts().filter(move |other| other.group == part.group).map(move |other| (part.name, other.gap))
        });
        pairs.filter(|(name, gap)| !fills(name, gap)).collect()
    }

    /// Builds the statement with each of these choices, and has PostgreSQL parse and analyse the result. Returns what is wrong. A text that
    /// is the same for another shape of the schema is parsed once.
    pub(crate) fn check(&self, schemas: &[Schemas<'_>]) -> Vec<String> {
        let ambiguous = self.0.ambiguous();
        if !ambiguous.is_empty() {
            return vec![format!("{}: names with more than one meaning: {ambiguous:?}", self.0)];
        }
        let empty = self.empty();
        if !empty.is_empty() {
            return vec![format!("{}: parts that leave a gap of their group empty: {empty:?}", self.0)];
        }
        if self.0.all_parts().count() > 64 {
            return vec![format!("{}: more parts than a choice can hold", self.0)];
        }
        let types: Vec<_> = self.0.types().collect();
        let mut unused: BTreeSet<_> = (1..=types.len()).collect();
        let mut wrong = Vec::new();
        for names in self.choices() {
            let choice = self.choice(&names);
            let mut parsed = BTreeSet::new();
            let failed = schemas.iter().find_map(|schemas| match self.0.build(*schemas, choice.of(self.0)) {
                Ok(sql) => {
                    if !parsed.insert(sql.clone()) {
                        return None;
                    }
                    unused.retain(|number| !uses(&sql, *number));
                    let refused = query::parse(&sql, &types).err();
                    let wrong = refused.or_else(|| dangling(&sql).map(|word| format!("nothing follows {word}")));
                    wrong.map(|message| format!("{message}\n{sql}"))
                }
                Err(error) => Some(error.to_string()),
            });
            if let Some(failed) = failed {
                wrong.push(format!("{} with {names:?}: {failed}", self.0));
                return wrong;
            }
        }
        if !unused.is_empty() {
            wrong.push(format!("{}: no text uses these parameters: {unused:?}", self.0));
        }
        wrong
    }
}

/// Whether a text refers to the parameter of this number. PostgreSQL accepts a parameter that nothing refers to, but it usually is one
/// whose condition was lost.
fn uses(sql: &str, number: usize) -> bool {
    let parameter = format!("${number}");
    sql.match_indices(&parameter)
        .any(|(at, _)| !sql[at + parameter.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

/// A logical operator that has lost what follows it. PostgreSQL takes `SELECT a AND, b` for a column with the name "and".
fn dangling(sql: &str) -> Option<&str> {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let lost = |next: &str| next.starts_with([',', ')']) || next == "FROM";
    words.iter().enumerate().find_map(|(at, word)| {
        let operator = word.trim_end_matches([',', ')']);
        let is_operator = ["AND", "OR", "NOT"].contains(&operator);
        let follows = words.get(at + 1).is_some_and(|next| !lost(next)) && operator == *word;
        (is_operator && !follows).then_some(*word)
    })
}

/// Choices in which every pair of options of two decisions occurs.
fn pairs(decisions: &[Decision]) -> Vec<Vec<&'static str>> {
    let fewest: Vec<_> = decisions.iter().map(|decision| decision[0]).collect();
    let most: Vec<_> = decisions.iter().map(|decision| decision[decision.len() - 1]).collect();
    let others = |of: usize| decisions[of][1..].iter().map(move |name| (of, *name));
    let others: Vec<_> = (0..decisions.len()).flat_map(others).collect();
    let mut choices = vec![fewest.clone(), most];
    for (index, one) in others.iter().enumerate() {
        for (of, name) in &others[..=index] {
            let mut choice = fewest.clone();
            choice[*of] = *name;
            choice[one.0] = one.1;
            choices.push(choice);
        }
    }
    choices.into_iter().map(|choice| choice.into_iter().flatten().collect()).collect()
}

//! SQL texts with gaps, as they are declared once and built once a backend.
//!
//! A [`Statement`] is a text (a file, mostly) with `{{name}}` gaps. `{{mes}}` and `{{extension}}` are the two schemas; the others are
//! filled by the statement itself, by rules that several statements share, or by [`Part`]s that a call chooses. An unknown gap, one that
//! is left over, and a text without a gap are errors, so that no condition can be lost. A test builds every statement in the combinations
//! of its parts and has PostgreSQL parse it.

use std::collections::BTreeSet;

use super::args::{Arg, IntoArg, Type, again};
use crate::core::gaps::{self, GapError};

/// The schemas that a statement's tables are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schemas<'a> {
    /// The attached MES schema; `{{mes}}`.
    pub mes: &'a str,
    /// The extension's schema; `{{extension}}`.
    pub extension: &'a str,
}

/// What stands in a gap.
#[derive(Debug, Clone, Copy)]
pub enum Fill {
    /// A text, which may have gaps itself.
    Text(&'static str),
    /// A text that is put together, once a backend.
    Made(fn() -> String),
}

impl Fill {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Made(make) => make(),
        }
    }
}

/// The gap of conditions.
const CONDITIONS: &str = "where";

/// Texts by the names of their gaps, which many statements share. A rule is filled where its gap occurs; its name belongs to it alone.
pub type Rules = [(&'static str, Fill)];

/// A text that is there when a call chooses it by name.
///
/// A gap that no chosen part fills is empty; of several chosen parts for one gap, one text follows the other. The gap `{{where}}` holds
/// conditions: each gets an `AND` before it. Parts that are not chosen leave no trace, so that each combination has a plan of its own.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// What a call chooses it by. Parts of one name are chosen together.
    pub name: &'static str,
    /// The gap that it fills.
    pub gap: &'static str,
    /// Its text. `{{value}}` in it is its own parameter.
    pub text: &'static str,
    /// The type of its parameter, when it has one.
    pub value: Option<Type>,
    /// Which of the parts are chosen together with it.
    pub group: Group,
}

/// How many parts of a group are chosen, by the group's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It stands alone: chosen or not.
    Alone,
    /// Exactly one.
    OneOf(&'static str),
    /// One or none.
    AtMostOneOf(&'static str),
}

impl Part {
    /// A part that may be there.
    #[must_use]
    pub const fn optional(name: &'static str, gap: &'static str, text: &'static str) -> Self {
        Self { name, gap, text, value: None, group: Group::Alone }
    }

    /// A condition for the gap `{{where}}`.
    #[must_use]
    pub const fn condition(name: &'static str, condition: &'static str) -> Self {
        Self::optional(name, CONDITIONS, condition)
    }

    /// A condition for the gap `{{where}}` that compares with a value.
    #[must_use]
    pub const fn filter(name: &'static str, condition: &'static str, value: Type) -> Self {
        Self::with_value(name, CONDITIONS, condition, value)
    }

    /// A part that is there together with a value.
    #[must_use]
    pub const fn with_value(name: &'static str, gap: &'static str, text: &'static str, value: Type) -> Self {
        Self { name, gap, text, value: Some(value), group: Group::Alone }
    }

    /// One of the texts of a group, of which a call must choose one.
    #[must_use]
    pub const fn one_of(group: &'static str, name: &'static str, gap: &'static str, text: &'static str) -> Self {
        Self { name, gap, text, value: None, group: Group::OneOf(group) }
    }

    /// One of the texts of a group, of which a call may choose one.
    #[must_use]
    pub const fn at_most_one_of(
        group: &'static str,
        name: &'static str,
        gap: &'static str,
        text: &'static str,
    ) -> Self {
        Self { name, gap, text, value: None, group: Group::AtMostOneOf(group) }
    }
}

/// A declared statement; see [`statement!`](crate::statement).
#[derive(Debug)]
pub struct Statement {
    texts: &'static [&'static str],
    parameters: &'static [Type],
    fills: &'static [(&'static str, Fill)],
    parts: &'static [&'static [Part]],
    rules: &'static [&'static Rules],
}

impl Statement {
    /// A statement of these texts, one after the other, that takes these parameters; those of its parts come behind them.
    #[must_use]
    pub const fn new(texts: &'static [&'static str], parameters: &'static [Type]) -> Self {
        Self { texts, parameters, fills: &[], parts: &[], rules: &[] }
    }

    /// Fills gaps of this statement. Each must occur.
    #[must_use]
    pub const fn fills(mut self, fills: &'static [(&'static str, Fill)]) -> Self {
        self.fills = fills;
        self
    }

    /// Adds parts that calls choose.
    #[must_use]
    pub const fn parts(mut self, parts: &'static [&'static [Part]]) -> Self {
        self.parts = parts;
        self
    }

    /// Lets rules fill its gaps.
    #[must_use]
    pub const fn rules(mut self, rules: &'static [&'static Rules]) -> Self {
        self.rules = rules;
        self
    }

    /// The text that the part of this name has for a gap.
    #[must_use]
    pub fn part_text(&self, name: &str, gap: &str) -> Option<&'static str> {
        self.all_parts().find(|part| part.name == name && part.gap == gap).map(|part| part.text)
    }

    pub(super) fn all_parts(&self) -> impl Iterator<Item = &'static Part> {
        self.parts.iter().flat_map(|parts| parts.iter())
    }

    /// The types of all parameters: those declared, and those of the parts whether chosen or not, so that their numbers stand firm.
    pub(super) fn types(&self) -> impl Iterator<Item = Type> {
        self.parameters.iter().copied().chain(self.all_parts().filter_map(|part| part.value))
    }

    /// The SQL with the chosen parts.
    ///
    /// # Errors
    /// What is wrong with its gaps.
    pub(super) fn build(&self, schemas: Schemas<'_>, chosen: Chosen) -> Result<String, GapError> {
        let fill = |name: &str| -> Option<String> {
            match name {
                "mes" => return Some(pgrx::spi::quote_identifier(schemas.mes)),
                "extension" => return Some(pgrx::spi::quote_identifier(schemas.extension)),
                _ => {}
            }
            self.from_parts(name, chosen).or_else(|| {
                let own = self.fills.iter();
                let shared = self.rules.iter().flat_map(|rules| rules.iter());
                own.chain(shared).find(|(known, _)| *known == name).map(|(_, fill)| fill.text())
            })
        };
        let mut used = BTreeSet::new();
        let sql = gaps::fill(&self.texts.concat(), &fill, &mut used)?;
        // A gap may also stand in the text of a part that this call does not choose.
        let in_a_part = |name: &str| self.all_parts().any(|part| part.text.contains(&format!("{{{{{name}}}}}")));
        let own = self.fills.iter().map(|(name, _)| *name).chain(self.all_parts().map(|part| part.gap));
        match own.filter(|name| !used.contains(*name) && !in_a_part(name)).min() {
            Some(unused) => Err(GapError::Unused(unused.to_owned())),
            None => Ok(sql),
        }
    }

    /// The texts of the chosen parts for a gap; none when no part is for it.
    fn from_parts(&self, gap: &str, chosen: Chosen) -> Option<String> {
        let mut text = None;
        let mut number = self.parameters.len();
        for (index, part) in self.all_parts().enumerate() {
            number += usize::from(part.value.is_some());
            if part.gap == gap {
                let text = text.get_or_insert_with(String::new);
                if chosen.has(index) {
                    if gap == CONDITIONS {
                        text.push_str("\n   AND ");
                    }
                    text.push_str(&part.text.replace("{{value}}", &format!("${number}")));
                }
            }
        }
        text
    }

    /// Names that mean two things: a gap of this statement that a rule has, or two rules of one name.
    #[cfg(any(test, feature = "pg_test"))]
    fn ambiguous(&self) -> Vec<&'static str> {
        let rules = self.rules.iter().flat_map(|rules| rules.iter()).map(|(name, _)| *name);
        let fills = self.fills.iter().map(|(name, _)| *name);
        let parts: BTreeSet<_> = self.all_parts().map(|part| part.gap).collect();
        let mut seen = BTreeSet::from(["mes", "extension", "value"]);
        rules.chain(fills).chain(parts).filter(|name| !seen.insert(name)).collect()
    }
}

/// Which parts are chosen, by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Chosen(u64);

impl Chosen {
    fn has(self, index: usize) -> bool {
        self.0 & (1 << index) != 0
    }
}

/// What a call chooses of a statement's parts, and the values that go with them. One choice can be taken to several statements.
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

    /// Chooses one part of a group by its name, or none.
    pub fn one(&mut self, name: Option<&'static str>) {
        if let Some(name) = name {
            self.part(name);
        }
    }

    /// Chooses a part without a value, or not.
    pub fn when(&mut self, name: &'static str, chosen: bool) {
        if chosen {
            self.part(name);
        }
    }

    /// Chooses a part when there is a value for it.
    pub fn value<T: IntoArg<'a>>(&mut self, name: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.0.push((name, Some(value.into_arg())));
        }
    }

    /// Which parts of a statement these are.
    pub(super) fn of(&self, statement: &Statement) -> Chosen {
        let mut chosen = Chosen::default();
        for (name, value) in &self.0 {
            let mut known = false;
            for (index, part) in statement.all_parts().enumerate().filter(|(_, part)| part.name == *name) {
                known = true;
                assert!(part.value.is_some() == value.is_some(), "a value too many or too few for the part {name}");
                chosen.0 |= 1 << index;
            }
            assert!(known, "the statement has no part {name}");
        }
        chosen
    }

    /// The parameters of a statement: `args`, then a value or NULL for each part that has one.
    pub(super) fn args<'b>(&'b self, statement: &Statement, args: &[Arg<'b>]) -> Vec<Arg<'b>> {
        let mut all: Vec<Arg<'b>> = args.iter().map(again).collect();
        for part in statement.all_parts() {
            if let Some(of) = part.value {
                let value = self.0.iter().find(|(name, _)| *name == part.name).and_then(|(_, value)| value.as_ref());
                all.push(value.map_or_else(|| Arg::null_oid(of.oid()), again));
            }
        }
        let fits = all.len() == statement.types().count()
            && all.iter().zip(statement.types()).all(|(arg, of)| arg.oid() == of.oid());
        assert!(fits, "the parameters are not those that the statement declares: {statement:?}");
        all
    }
}

/// Declares a [`Statement`] as a static: its texts, the types of its parameters, and what else it is made of.
///
/// ```ignore
/// statement! {
///     /// The jobs of a customer.
///     static JOBS = include_str!("jobs.sql"); [Uuid, Text]
///         => rules(&[RULES]), parts(&[FILTERS]);
/// }
/// ```
#[macro_export]
macro_rules! statement {
    ($($(#[$meta:meta])* $visibility:vis static $name:ident = $($text:expr),+; [$($type:ident),* $(,)?] $(=> $($method:ident($($argument:expr),*)),+ $(,)?)?;)*) => {$(
        $(#[$meta])*
        $visibility static $name: $crate::pg::statement::Statement =
            $crate::pg::statement::Statement::new(&[$($text),+], &[$($crate::pg::args::Type::$type),*])$($(.$method($($argument),*))+)?;
        #[cfg(any(test, feature = "pg_test"))]
        inventory::submit! {
            $crate::pg::statement::Declared { statement: &$name, at: concat!(file!(), ", ", stringify!($name)) }
        }
    )*};
}

/// A declared statement and where it stands, for the test that builds them all.
#[cfg(any(test, feature = "pg_test"))]
#[derive(Debug)]
pub struct Declared {
    /// The statement.
    pub statement: &'static Statement,
    /// Its file and name.
    pub at: &'static str,
}

#[cfg(any(test, feature = "pg_test"))]
inventory::collect!(Declared);

#[cfg(any(test, feature = "pg_test"))]
pub(crate) mod combinations;

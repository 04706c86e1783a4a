//! SQL texts with gaps, declared once and built once per backend.
//!
//! A [`Statement`] is a text, usually a file, with gaps `{{name}}`. `{{mes}}` and `{{extension}}` are the two schemas; the others are
//! filled by the statement itself, by rules that several statements share, or by [`Part`]s that a call chooses. An unknown gap, an
//! unfilled gap and a text without a gap are errors, so no condition can be lost. A test builds every statement in the combinations of
//! its parts and has PostgreSQL parse the result.

mod choice;
mod part;

use std::collections::BTreeSet;
use std::fmt;

use super::args::Type;
use super::shape::Shape;
use crate::core::gaps::{self, GapError};

pub use choice::Choice;
pub(super) use choice::Chosen;
#[doc(hidden)]
pub use inventory;
use part::CONDITIONS;
pub use part::{Group, Part};

/// The schemas of a statement's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schemas<'a> {
    /// The attached MES schema; `{{mes}}`. Empty for a statement that names none of its tables.
    pub mes: &'a str,
    /// The extension's schema; `{{extension}}`.
    pub extension: &'a str,
    /// What the MES schema has of what it may lack.
    pub shape: Shape,
}

/// The content of a gap.
#[derive(Debug, Clone, Copy)]
pub enum Fill {
    /// A text, which may itself contain gaps.
    Text(&'static str),
    /// A number, such as the most rows that a statement returns.
    Count(usize),
    /// A text that a function makes when the statement is built.
    Made(fn() -> String),
    /// A text that depends on what the MES schema has.
    ByShape(fn(Shape) -> &'static str),
}

impl Fill {
    fn text(self, shape: Shape) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Count(count) => count.to_string(),
            Self::Made(make) => make(),
            Self::ByShape(text) => text(shape).to_owned(),
        }
    }
}

/// Texts by the name of their gap, which many statements share. A statement need not use all of them, but no other text may have the same
/// name.
pub type Rules = [(&'static str, Fill)];

/// A declared statement; see [`statement!`](crate::statement).
#[derive(Debug)]
pub struct Statement {
    at: &'static str,
    texts: &'static [&'static str],
    parameters: &'static [Type],
    fills: &'static [(&'static str, Fill)],
    parts: &'static [&'static [Part]],
    rules: &'static [&'static Rules],
}

impl Statement {
    /// A statement that consists of these texts, concatenated, and takes these parameters. The parameters of its parts follow them. `at` is
    /// its place in the source.
    #[must_use]
    pub const fn new(at: &'static str, texts: &'static [&'static str], parameters: &'static [Type]) -> Self {
        Self { at, texts, parameters, fills: &[], parts: &[], rules: &[] }
    }

    /// Fills gaps of this statement. Each of them must occur.
    #[must_use]
    pub const fn fills(mut self, fills: &'static [(&'static str, Fill)]) -> Self {
        self.fills = fills;
        self
    }

    /// Adds parts from which calls choose.
    #[must_use]
    pub const fn parts(mut self, parts: &'static [&'static [Part]]) -> Self {
        self.parts = parts;
        self
    }

    /// Adds rules that fill gaps of this statement.
    #[must_use]
    pub const fn rules(mut self, rules: &'static [&'static Rules]) -> Self {
        self.rules = rules;
        self
    }

    /// The text for a gap in the part of this name.
    #[must_use]
    pub fn part_text(&self, name: &str, gap: &str) -> Option<&'static str> {
        self.all_parts().find(|part| part.name == name && part.gap == gap).map(|part| part.text)
    }

    /// Its place in the source: file and name.
    #[must_use]
    pub const fn at(&self) -> &'static str {
        self.at
    }

    pub(super) fn all_parts(&self) -> impl Iterator<Item = &'static Part> {
        self.parts.iter().flat_map(|parts| parts.iter())
    }

    /// The types of all parameters: the declared ones, then those of all parts, chosen or not, so that every parameter has a fixed number.
    pub(super) fn types(&self) -> impl Iterator<Item = Type> {
        self.parameters.iter().copied().chain(self.all_parts().filter_map(|part| part.value))
    }

    /// The SQL with the chosen parts.
    ///
    /// # Errors
    /// An unknown, unused, stray or endless gap.
    ///
    /// # Panics
    /// If the choice takes none or several parts of a group that needs one.
    pub(super) fn build(&self, schemas: Schemas<'_>, chosen: Chosen) -> Result<String, GapError> {
        chosen.assert_groups(self);
        let fill = |name: &str| -> Option<String> {
            match name {
                // Without a MES schema, its gap stays unfilled, which is an error.
                "mes" if schemas.mes.is_empty() => return None,
                "mes" => return Some(pgrx::spi::quote_identifier(schemas.mes)),
                "extension" => return Some(pgrx::spi::quote_identifier(schemas.extension)),
                _ => {}
            }
            self.text_of_parts(name, chosen).or_else(|| {
                let own = self.fills.iter();
                let shared = self.rules.iter().flat_map(|rules| rules.iter());
                own.chain(shared).find(|(known, _)| *known == name).map(|(_, fill)| fill.text(schemas.shape))
            })
        };
        let mut used = BTreeSet::new();
        let sql = gaps::fill(&self.texts.concat(), &fill, &mut used)?;
        // A gap may also occur only in the text of a part that this call does not choose.
        let in_a_part = |name: &str| self.all_parts().any(|part| part.text.contains(&format!("{{{{{name}}}}}")));
        let own = self.fills.iter().map(|(name, _)| *name).chain(self.all_parts().map(|part| part.gap));
        match own.filter(|name| !used.contains(*name) && !in_a_part(name)).min() {
            Some(unused) => Err(GapError::Unused(unused.to_owned())),
            None => Ok(sql),
        }
    }

    /// The texts of the chosen parts for a gap; `None` if no part has this gap.
    fn text_of_parts(&self, gap: &str, chosen: Chosen) -> Option<String> {
        let mut text = None;
        let mut number = self.parameters.len();
        for (index, part) in self.all_parts().enumerate() {
            number += usize::from(part.value.is_some());
            if part.gap == gap {
                let text = text.get_or_insert_with(String::new);
                if chosen.has(index) {
                    // Without a parameter of its own, a part's `{{value}}` stays unfilled, which is an error.
                    let own = part.value.map_or_else(|| part.text.to_owned(), |_| part.with_number(number));
                    if gap == CONDITIONS {
                        // In parentheses, an OR in one condition cannot undo the others.
                        text.push_str(&format!("\n   AND ({own})"));
                    } else {
                        text.push_str(&own);
                    }
                }
            }
        }
        text
    }

    /// Names with more than one meaning: gaps that are filled by two of rules, fills and parts, or by two rules; and names whose parts
    /// differ in their group or in whether they take a value.
    #[cfg(any(test, feature = "pg_test"))]
    fn ambiguous(&self) -> Vec<&'static str> {
        let rules = self.rules.iter().flat_map(|rules| rules.iter()).map(|(name, _)| *name);
        let fills = self.fills.iter().map(|(name, _)| *name);
        let gaps: BTreeSet<_> = self.all_parts().map(|part| part.gap).collect();
        let mut seen = BTreeSet::from(["mes", "extension", "value"]);
        let gaps = rules.chain(fills).chain(gaps).filter(|name| !seen.insert(name));
        let unlike = |part: &&Part| {
            let mut others = self.all_parts().filter(|other| other.name == part.name);
            others.any(|other| (other.group, other.value.is_some()) != (part.group, part.value.is_some()))
        };
        gaps.chain(self.all_parts().filter(unlike).map(|part| part.name)).collect()
    }
}

/// Its file and name, for error messages.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.at)
    }
}

/// Declares a [`Statement`] as a static: its texts, the types of its parameters, and its fills, parts and rules. It also registers the
/// statement, so that none is forgotten when they are checked.
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
            $crate::pg::statement::Statement::new(concat!(file!(), ", ", stringify!($name)), &[$($text),+], &[$($crate::pg::args::Type::$type),*])$($(.$method($($argument),*))+)?;
        $crate::pg::statement::inventory::submit! {
            $crate::pg::statement::Declared(&$name)
        }
    )*};
}

/// A declared statement, for whoever builds all of them: the verdicts on a schema's tables, and a test.
#[derive(Debug)]
pub struct Declared(pub &'static Statement);

inventory::collect!(Declared);

/// All declared statements.
pub fn all() -> impl Iterator<Item = &'static Declared> {
    inventory::iter::<Declared>()
}

#[cfg(any(test, feature = "pg_test"))]
pub(crate) mod combinations;
#[cfg(any(test, feature = "pg_test"))]
mod tests;

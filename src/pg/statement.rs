//! SQL texts with gaps, as they are declared once and built once a backend.
//!
//! A [`Statement`] is a text (a file, mostly) with `{{name}}` gaps. `{{mes}}` and `{{extension}}` are the two schemas; the others are
//! filled by the statement itself, by rules that several statements share, or by [`Part`]s that a call chooses. An unknown gap, one that
//! is left over, and a text without a gap are errors, so that no condition can be lost. A test builds every statement in the combinations
//! of its parts and has PostgreSQL parse it.

mod choice;
mod part;

use std::collections::BTreeSet;

use super::args::Type;
use crate::core::gaps::{self, GapError};

pub use choice::Choice;
pub(super) use choice::Chosen;
use part::CONDITIONS;
pub use part::{Group, Part};

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

/// Texts by the names of their gaps, which many statements share. A rule is filled where its gap occurs; its name belongs to it alone.
pub type Rules = [(&'static str, Fill)];

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
            self.text_of_parts(name, chosen).or_else(|| {
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
    fn text_of_parts(&self, gap: &str, chosen: Chosen) -> Option<String> {
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

    /// Names that mean two things: a gap of this statement that a rule has, two rules of one name, and parts of one name that are not
    /// chosen alike.
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

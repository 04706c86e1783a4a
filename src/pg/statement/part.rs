//! Texts of a statement that are there or not.

use crate::pg::args::Type;

/// The gap of conditions.
pub(super) const CONDITIONS: &str = "where";

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

//! Optional texts of a statement.

use crate::pg::args::Type;

/// The gap for conditions.
pub(super) const CONDITIONS: &str = "where";

/// A text that is part of the statement if a call chooses it by name.
///
/// A gap of parts is empty if none of them is chosen; if several are, their texts are concatenated. The gap `{{where}}` is for conditions,
/// each of which is put in parentheses and preceded by `AND`. Parts that are not chosen leave no trace in the text, so each combination has its own plan.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The name by which a call chooses it. Parts of the same name are chosen together.
    pub name: &'static str,
    /// The gap that it fills.
    pub gap: &'static str,
    /// Its text, in which `{{value}}` stands for its own parameter.
    pub text: &'static str,
    /// The type of its parameter, if it has one.
    pub value: Option<Type>,
    /// Its group.
    pub group: Group,
}

/// How many parts of a group a call chooses; a group is identified by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// No group: the part is chosen or not.
    Alone,
    /// Exactly one.
    OneOf(&'static str),
    /// One or none.
    AtMostOneOf(&'static str),
}

impl Part {
    /// A part without a value.
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

    /// A part with a value.
    #[must_use]
    pub const fn with_value(name: &'static str, gap: &'static str, text: &'static str, value: Type) -> Self {
        Self { name, gap, text, value: Some(value), group: Group::Alone }
    }

    /// Its text with the number of its parameter.
    pub(super) fn with_number(&self, number: usize) -> String {
        self.text.replace("{{value}}", &format!("${number}"))
    }

    /// A part of a group from which a call must choose exactly one.
    #[must_use]
    pub const fn one_of(group: &'static str, name: &'static str, gap: &'static str, text: &'static str) -> Self {
        Self { name, gap, text, value: None, group: Group::OneOf(group) }
    }

    /// A part of a group from which a call may choose at most one.
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

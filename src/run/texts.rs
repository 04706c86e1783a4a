//! Texts that a caller looks for. They and the rows are compared as [`fold`] makes them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::core::fold::{contains_pattern, fold, words};

/// Words that must all occur, in any order, as parts of words. At least one.
#[derive(Debug)]
pub struct Words(Vec<String>);

impl Words {
    /// For the condition of [`has_words!`](crate::has_words).
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        self.0.iter().map(|word| contains_pattern(word)).collect()
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = words(&String::deserialize(deserializer)?);
        if words.is_empty() {
            Err(Error::custom("no word: give a letter or digit to look for"))
        } else {
            Ok(Self(words))
        }
    }
}

/// A text to find as it is, as a whole or as part of another; not empty.
#[derive(Debug, Clone)]
pub struct Wording(String);

impl Wording {
    /// For the condition of [`contains!`](crate::contains).
    #[must_use]
    pub fn pattern(&self) -> String {
        contains_pattern(&self.0)
    }

    /// Folded, for the condition of [`is_text!`](crate::is_text).
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Wording {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let folded = fold(&String::deserialize(deserializer)?);
        if folded.is_empty() { Err(Error::custom("nothing to look for: it is blank")) } else { Ok(Self(folded)) }
    }
}

macro_rules! text_schema {
    ($($type:ident),+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "minLength": 1})
            }
        }
    )+};
}

text_schema!(Words, Wording);

// The columns can have a collation in which LIKE does not work, so that of the comparison is named.

/// The SQL condition that each of the [`Words`] of `{{value}}` occurs in one of the columns.
#[macro_export]
macro_rules! has_words {
    ($columns:literal) => {
        concat!("{{extension}}.mcp_fold(concat_ws(' ', ", $columns, ")) COLLATE \"C\" LIKE ALL ({{value}})")
    };
}

/// The SQL condition that the [`Wording`] of a text occurs in a column.
#[macro_export]
macro_rules! contains {
    ($column:literal) => {
        $crate::contains!($column, "{{value}}")
    };
    ($column:literal, $pattern:literal) => {
        concat!("{{extension}}.mcp_fold(", $column, ") COLLATE \"C\" LIKE ", $pattern)
    };
}

/// The SQL condition that the [`Wording`] of a text is that of the whole column.
#[macro_export]
macro_rules! is_text {
    ($column:literal) => {
        concat!("{{extension}}.mcp_fold(", $column, ") COLLATE \"C\" = {{value}}")
    };
}

//! Texts with gaps: `{{name}}` is replaced by the text of that name.
//!
//! A gap is not valid SQL, so an unfilled gap can never pass as a statement without its condition. It is an error, and so is a text for
//! a gap that does not occur.

use std::collections::BTreeSet;

use thiserror::Error;

/// Why a text could not be filled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GapError {
    /// A gap with an unknown name.
    #[error("unknown gap: {{{{{0}}}}}")]
    Unknown(String),
    /// A text for a gap that does not occur.
    #[error("no gap for: {0}")]
    Unused(String),
    /// A gap without an end, or braces outside of a gap.
    #[error("stray braces at: {0}")]
    Stray(String),
    /// Texts that contain each other's gaps, without end.
    #[error("endless gap: {{{{{0}}}}}")]
    Endless(String),
}

/// The maximum nesting depth of gaps within filled texts. Our statements need five levels.
const MAX_DEPTH: usize = 16;

/// Fills the gaps of `text`. `fill` returns the text for a name, which may itself contain gaps; `used` collects the names that occur.
///
/// # Errors
/// A gap that `fill` does not know, stray braces, or endless nesting.
pub fn fill(
    text: &str,
    fill: &dyn Fn(&str) -> Option<String>,
    used: &mut BTreeSet<String>,
) -> Result<String, GapError> {
    fill_below(text, fill, used, 0)
}

fn fill_below(
    text: &str,
    fill: &dyn Fn(&str) -> Option<String>,
    used: &mut BTreeSet<String>,
    depth: usize,
) -> Result<String, GapError> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (before, gap) = rest.split_at(start);
        let (name, after) = gap[2..].split_once("}}").ok_or_else(|| stray(gap))?;
        if !is_name(name) {
            return Err(stray(gap));
        }
        if depth >= MAX_DEPTH {
            return Err(GapError::Endless(name.to_owned()));
        }
        let inner = fill(name).ok_or_else(|| GapError::Unknown(name.to_owned()))?;
        used.insert(name.to_owned());
        filled.push_str(checked(before)?);
        filled.push_str(&fill_below(inner.trim_end(), fill, used, depth + 1)?);
        rest = after;
    }
    filled.push_str(checked(rest)?);
    Ok(filled)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Text outside of gaps. Closing braces in it would be half of a misspelt gap.
fn checked(text: &str) -> Result<&str, GapError> {
    match text.find("}}") {
        Some(at) => Err(stray(&text[at..])),
        None => Ok(text),
    }
}

fn stray(text: &str) -> GapError {
    GapError::Stray(text.chars().take(40).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, texts: &[(&str, &str)]) -> Result<String, GapError> {
        let find = |name: &str| texts.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        fill(text, &find, &mut BTreeSet::new())
    }

    #[test]
    fn gaps_are_filled_wherever_they_stand_and_however_deep() {
        let texts = [("mes", "\"plant 1\""), ("live", "{{mes}}.jobs j\n"), ("none", "")];
        assert_eq!(
            filled("SELECT FROM {{live}} JOIN {{mes}}.parts{{none}}", &texts).as_deref(),
            Ok("SELECT FROM \"plant 1\".jobs j JOIN \"plant 1\".parts")
        );
        assert_eq!(filled("SELECT '{1}', '{\"a\":{} }'", &texts).as_deref(), Ok("SELECT '{1}', '{\"a\":{} }'"));
    }

    #[test]
    fn unknown_stray_and_endless_gaps_are_errors() {
        assert_eq!(filled("a {{b}}", &[]), Err(GapError::Unknown("b".to_owned())));
        for text in ["a {{b", "a {{ b }}", "a }} b", "a {{}}", "{{b}} }}", "{{B}}", "'{\"a\":{}}'"] {
            assert!(matches!(filled(text, &[("b", "")]), Err(GapError::Stray(_))), "{text}");
        }
        assert_eq!(filled("{{a}}", &[("a", "{{b}}"), ("b", "{{a}}")]), Err(GapError::Endless("a".to_owned())));
    }

    #[test]
    fn the_names_that_were_met_are_told() {
        let mut used = BTreeSet::new();
        fill("{{a}} {{a}}", &|name| (name == "a").then(|| "{{b}}".to_owned()).or(Some(String::new())), &mut used)
            .expect("filled");
        assert_eq!(used.into_iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}

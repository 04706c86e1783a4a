//! Secrets other than keys: fields by their name, and passwords in connection strings.

use std::borrow::Cow;
use std::sync::LazyLock;

use heck::ToSnakeCase;
use regex::{Regex, RegexBuilder};

use super::{REDACTED, is_hidden};

/// A field is a secret if its name contains one of these, ignoring case and everything between letters and digits.
const CONTAINED: [&str; 10] = [
    "apikey",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "authorization",
    "credential",
    "privatekey",
];
/// A field is a secret if one of the words of its name is one of these. As part of a word they mean something else: opinion, shipping,
/// passed, author.
const WORDS: [&str; 10] = ["auth", "bearer", "cookie", "jwt", "otp", "pass", "pin", "pwd", "session", "signature"];

/// Whether a field with this name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let visible: String = name.chars().filter(|c| !is_hidden(*c)).collect();
    let plain: String = visible.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let is_word = |word: &str| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        WORDS.iter().any(|secret| word == *secret || word.strip_suffix('s') == Some(secret))
    };
    CONTAINED.iter().any(|secret| plain.contains(secret)) || visible.to_snake_case().split('_').any(is_word)
}

/// Takes the passwords out of URLs (`scheme://user:password@host`) and out of assignments (`password=…`).
pub(super) fn without_passwords(text: &str) -> Cow<'_, str> {
    static URL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"([a-z][a-z0-9+.-]*://[^\s/:@"<>]*:)[^\s/"<>]*@"#));
    static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
        let value = r#"(?:'(?:[^'\\]|\\.|'')*'?|"(?:[^"\\]|\\.)*"?|[^\s&;,'"]+)"#;
        let contained = CONTAINED.join("|").replace("apikey", "api[ _-]?key").replace("privatekey", "private[ _-]?key");
        pattern(&format!(r"((?:\b|_)(?:[a-z0-9_.-]*(?:{contained})[a-z0-9_.-]*|pass|pwd)\s*=\s*){value}"))
    });
    if !text.contains('=') && !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let replacement = format!("${{1}}{REDACTED}");
    let text = replace(&ASSIGNMENT, Cow::Borrowed(text), &replacement);
    replace(&URL, text, &format!("{replacement}@"))
}

fn replace<'a>(pattern: &Regex, text: Cow<'a, str>, replacement: &str) -> Cow<'a, str> {
    match pattern.replace_all(&text, replacement) {
        Cow::Owned(replaced) => Cow::Owned(replaced),
        Cow::Borrowed(_) => text,
    }
}

fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text).case_insensitive(true).build().expect("a pattern of ours")
}

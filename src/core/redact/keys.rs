//! Finding keys in a text, however they are split or encoded, and cutting them.
//!
//! A key is looked for in the text as a lenient reader sees it, its [`Skeleton`]: escapes are resolved, and what is no visible ASCII
//! character is left out. So no control character, white space, invisible or foreign character inside a key hides it.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::REDACTED;
use crate::core::key::{Environment, KEY_CHARS, PREFIX_CHARS};

/// How every key begins.
const MARKS: [&str; 2] = [Environment::Live.mark(), Environment::Test.mark()];
/// Shorter texts contain no more of a key than may be shown.
const SHORTEST: usize = PREFIX_CHARS + 1;
/// What follows a prefix that was cut. No key continues after it, so what was cut once is not cut again.
const CUT: char = '…';

/// Cuts every key in a text down to its prefix, and takes out every encoded key. A text without the beginning of a key is unchanged.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    if text.len() < SHORTEST {
        return Cow::Borrowed(text);
    }
    let readings = [
        (Reading::Escapes, true),
        // `\n` may be a line end, or the n of a key after a stray backslash; `%6d` an m, or digits of a key in hexadecimal.
        (Reading::Plain, text.contains(['\\', '%', '&'])),
        (Reading::Hexadecimal, text.len() >= 4 * SHORTEST),
    ];
    let mut cut = Cow::Borrowed(text);
    for (reading, _) in readings.into_iter().filter(|(_, applies)| *applies) {
        if let Cow::Owned(shorter) = cut_as_read_by(&cut, reading) {
            cut = Cow::Owned(shorter);
        }
    }
    cut
}

/// How a text is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Escapes are resolved.
    Escapes,
    /// Their characters are what they are. A backslash is left out.
    Plain,
    /// Bytes as hexadecimal digits, with anything between them: `6d:63`, `0x6d, 0x63`, `\x6d\x63`.
    Hexadecimal,
}

fn cut_as_read_by(text: &str, reading: Reading) -> Cow<'_, str> {
    let skeleton = Skeleton::of(text, reading);
    let mut hidden = skeleton.keys();
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    hidden.sort_by_key(|hidden| hidden.range.start);
    let mut kept = String::with_capacity(text.len());
    let mut end = 0;
    for Hidden { range, instead } in hidden {
        // Keys may overlap: the rest of one may be the beginning of another.
        if range.start >= end {
            kept.push_str(&text[end..range.start]);
            kept.push_str(instead);
        }
        end = end.max(range.end);
    }
    kept.push_str(&text[end..]);
    Cow::Owned(kept)
}

/// A part of the text, and what stands there instead.
struct Hidden {
    range: Range<usize>,
    instead: &'static str,
}

/// The visible ASCII characters of a text, each with its place.
struct Skeleton {
    seen: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl Skeleton {
    fn of(text: &str, reading: Reading) -> Self {
        let mut skeleton = Self { seen: Vec::with_capacity(text.len()), places: Vec::with_capacity(text.len()) };
        let mut at = 0;
        while at < text.len() {
            let (seen, length) = read(&text.as_bytes()[at..], reading);
            if let Some(seen) = seen {
                skeleton.seen.push(seen);
                skeleton.places.push(at..at + length);
            }
            at += length;
        }
        skeleton
    }

    fn keys(&self) -> Vec<Hidden> {
        static PLAIN: LazyLock<AhoCorasick> = LazyLock::new(|| {
            let hex = MARKS.map(|mark| mark.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
            let marks = MARKS.map(str::to_owned).into_iter().chain(hex);
            AhoCorasick::builder().ascii_case_insensitive(true).build(marks).expect("a few short texts")
        });
        static BASE64: LazyLock<AhoCorasick> =
            LazyLock::new(|| AhoCorasick::new(in_base64()).expect("a few short texts"));
        let mut hidden = Vec::new();
        let mut of_key = Run::new(self, is_key_char);
        let mut of_hex = Run::new(self, |byte| byte.is_ascii_hexdigit());
        for found in PLAIN.find_iter(&self.seen) {
            let start = found.start();
            if found.pattern().as_usize() >= MARKS.len() {
                hidden.push(self.hide(start, of_hex.end(start, 2 * KEY_CHARS), REDACTED));
                continue;
            }
            let end = of_key.end(start, KEY_CHARS);
            if end > start + PREFIX_CHARS {
                hidden.push(self.hide(start + PREFIX_CHARS, end, "…"));
            }
        }
        let mut of_base64 = Run::new(self, |byte| is_key_char(byte) || matches!(byte, b'+' | b'/'));
        for found in BASE64.find_iter(&self.seen) {
            let end = of_base64.end(found.start(), (4 * KEY_CHARS).div_ceil(3));
            hidden.push(self.hide(found.start(), end, REDACTED));
        }
        hidden
    }

    /// From one character to before another, and what is left out between them.
    fn hide(&self, start: usize, end: usize, instead: &'static str) -> Hidden {
        Hidden { range: self.places[start].start..self.places[end - 1].end, instead }
    }
}

/// Where keys end, for keys in the order of their beginning.
struct Run<'a> {
    skeleton: &'a Skeleton,
    belongs: fn(u8) -> bool,
    /// Where the last key ended. What was passed once is not passed again, so that a text of nothing but marks takes no longer.
    known: usize,
}

impl<'a> Run<'a> {
    fn new(skeleton: &'a Skeleton, belongs: fn(u8) -> bool) -> Self {
        Self { skeleton, belongs, known: 0 }
    }

    /// The end of a key that begins at `start`: at most `length` characters, and those that follow without a gap.
    fn end(&mut self, start: usize, length: usize) -> usize {
        let Skeleton { seen, places } = self.skeleton;
        let whole = seen[start..].iter().take(length).take_while(|byte| (self.belongs)(**byte)).count();
        let mut end = (start + whole).max(self.known);
        while end < seen.len() && (self.belongs)(seen[end]) && places[end - 1].end == places[end].start {
            end += 1;
        }
        self.known = end;
        end
    }
}

const fn is_key_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// What all encodings of a mark have in common, at each of the three places where it may begin in a group of three bytes.
fn in_base64() -> Vec<String> {
    let of = |mark: &str, before: usize| {
        let bytes = [&vec![0; before][..], mark.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        // Characters that also hold bits of the bytes before or after the mark are left out.
        encoded[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned()
    };
    MARKS.iter().flat_map(|mark| (0..3).map(move |before| of(mark, before))).collect()
}

/// What stands at the beginning of a text, and its length: a visible ASCII character, plain or escaped, or something to be left out. A
/// [`CUT`] is neither; it reads as NUL, which belongs to no key.
fn read(text: &[u8], reading: Reading) -> (Option<u8>, usize) {
    let is_escape = reading == Reading::Escapes;
    if let Some((code, length)) = escape(text).or_else(|| entity(text)).filter(|_| is_escape) {
        return (u8::try_from(code).ok().filter(u8::is_ascii_graphic), length);
    }
    match text {
        [b'0' | b'\\', b'x' | b'X', ..] if reading == Reading::Hexadecimal => (None, 2),
        [byte, ..] if reading == Reading::Hexadecimal && byte.is_ascii_punctuation() => (None, 1),
        [b'\\', b'a' | b'b' | b'e' | b'f' | b'n' | b'r' | b't' | b'v' | b'0', ..] if is_escape => (None, 2),
        [b'\\', ..] => (None, 1),
        [byte, ..] if byte.is_ascii_graphic() => (Some(*byte), 1),
        [byte, ..] if byte.is_ascii() => (None, 1),
        _ if text.starts_with(CUT.encode_utf8(&mut [0; 4]).as_bytes()) => (Some(0), CUT.len_utf8()),
        [first, rest @ ..] => {
            let more = rest.iter().take_while(|byte| **byte & 0xC0 == 0x80).count();
            (None, if first.is_ascii() { 1 } else { 1 + more })
        }
        [] => (None, 1),
    }
}

/// What follows the digits of an escape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// There are as many digits as there can be.
    Nothing,
    Sign(u8),
    /// It may be missing.
    Semicolon,
}

/// A character as a number: `%5F`, `%u005f`, `\x5f`, `\x{5f}`, `\u005f`, `\u{5f}`, `\U0000005F`, `\137`, `&#95;`, `&#x5f;`. With its length.
fn escape(text: &[u8]) -> Option<(u32, usize)> {
    let (before, radix, longest, after) = match text {
        [b'%', b'u', ..] => (2, 16, 4, After::Nothing),
        [b'%', ..] => (1, 16, 2, After::Nothing),
        [b'\\', b'x' | b'u', b'{', ..] => (3, 16, 6, After::Sign(b'}')),
        [b'\\', b'x', ..] => (2, 16, 2, After::Nothing),
        [b'\\', b'u', ..] => (2, 16, 4, After::Nothing),
        [b'\\', b'U', ..] => (2, 16, 8, After::Nothing),
        [b'\\', b'0'..=b'3', ..] => (1, 8, 3, After::Nothing),
        [b'&', b'#', b'x' | b'X', ..] => (3, 16, 6, After::Semicolon),
        [b'&', b'#', ..] => (2, 10, 7, After::Semicolon),
        _ => return None,
    };
    let digits = text[before..].iter().take(longest).take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let mut end = before + digits;
    let is_whole = match after {
        After::Nothing => digits == longest,
        After::Sign(sign) => digits > 0 && text.get(end) == Some(&sign),
        After::Semicolon => digits > 0,
    };
    let code =
        std::str::from_utf8(&text[before..end]).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok())?;
    let sign = match after {
        After::Nothing => None,
        After::Sign(sign) => Some(sign),
        After::Semicolon => Some(b';'),
    };
    end += usize::from(sign.is_some() && text.get(end).copied() == sign);
    is_whole.then_some((code, end))
}

/// A character by its name: `&lowbar;`. Of the others, which are left out, none is needed to read a key.
fn entity(text: &[u8]) -> Option<(u32, usize)> {
    const LONGEST: usize = 32;
    let name = text.strip_prefix(b"&")?;
    let length = name.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if length < 2 || name.get(length) != Some(&b';') {
        return None;
    }
    let code = match &name[..length] {
        b"lowbar" | b"UnderBar" => b'_',
        b"hyphen" | b"dash" => b'-',
        _ => 0,
    };
    Some((code.into(), length + 2))
}

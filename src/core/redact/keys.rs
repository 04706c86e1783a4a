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
    let cut = cut_as_read_by(text, Escapes::Read);
    // `\n` may be a line end, or the n of a key after a stray backslash; `%6d` an m, or digits of a key in hexadecimal after a percent sign.
    if !text.contains(['\\', '%', '&']) {
        return cut;
    }
    match cut {
        Cow::Borrowed(text) => cut_as_read_by(text, Escapes::Ignored),
        Cow::Owned(cut) => Cow::Owned(cut_as_read_by(&cut, Escapes::Ignored).into_owned()),
    }
}

/// Whether escapes are resolved, or their characters are what they are. A backslash is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Read,
    Ignored,
}

fn cut_as_read_by(text: &str, escapes: Escapes) -> Cow<'_, str> {
    let skeleton = Skeleton::of(text, escapes);
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
    fn of(text: &str, escapes: Escapes) -> Self {
        let mut skeleton = Self { seen: Vec::with_capacity(text.len()), places: Vec::with_capacity(text.len()) };
        let mut at = 0;
        while at < text.len() {
            let (seen, length) = read(&text.as_bytes()[at..], escapes);
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
fn read(text: &[u8], escapes: Escapes) -> (Option<u8>, usize) {
    let is_escape = escapes == Escapes::Read;
    if let Some((code, length)) = escape(text).filter(|_| is_escape) {
        return (u8::try_from(code).ok().filter(u8::is_ascii_graphic), length);
    }
    match text {
        [b'\\', b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'0', ..] if is_escape => (None, 2),
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

/// A character as a number: `%5F`, `\x5f`, `\u005f`, `\u{5f}`, `&#95;`, `&#x5f;`. With its length.
fn escape(text: &[u8]) -> Option<(u32, usize)> {
    let (before, radix, longest, after) = match text {
        [b'%', ..] => (1, 16, 2, None),
        [b'\\', b'x', ..] => (2, 16, 2, None),
        [b'\\', b'u', b'{', ..] => (3, 16, 6, Some(b'}')),
        [b'\\', b'u', ..] => (2, 16, 4, None),
        [b'&', b'#', b'x' | b'X', ..] => (3, 16, 6, Some(b';')),
        [b'&', b'#', ..] => (2, 10, 7, Some(b';')),
        _ => return None,
    };
    let digits = text[before..].iter().take(longest).take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let end = before + digits;
    let is_whole = after.map_or(digits == longest, |after| digits > 0 && text.get(end) == Some(&after));
    let code = std::str::from_utf8(&text[before..end]).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok());
    code.filter(|_| is_whole).map(|code| (code, end + usize::from(after.is_some())))
}

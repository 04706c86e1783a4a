//! Texts as people compare them: without regard to case, accents, Unicode form, and kinds of spaces and dashes.
//!
//! The only place that decides this. SQL has it as `mcp_fold` and `mcp_name_forms`, for the rows; callers' texts are folded here.

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// Punctuation that people put around a word and do not look for. `%`, `_`, `#`, `+`, `-` and `/` are not in it: they belong to numbers.
const AROUND_WORDS: &[char] =
    &['"', '\'', '`', '(', ')', '[', ']', '{', '}', '<', '>', '«', '»', ',', ';', ':', '.', '!', '?'];

/// A text for comparisons: compatibility characters decomposed, without accents and invisible characters, in lower case, with `ss` for `ß`,
/// one space for each white space, and none at the ends.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    // Most texts are ASCII for the most part, which is much cheaper. An ASCII character is a starter, so the parts do not influence each
    // other's normal form.
    while !rest.is_empty() {
        let (ascii, others) = rest.split_at(rest.find(|c: char| !c.is_ascii()).unwrap_or(rest.len()));
        ascii.bytes().for_each(|byte| push(&mut folded, byte.to_ascii_lowercase().into()));
        let (others, next) = others.split_at(others.find(|c: char| c.is_ascii()).unwrap_or(others.len()));
        push_others(&mut folded, others);
        rest = next;
    }
    folded.truncate(folded.trim_end_matches(' ').len());
    folded
}

fn push_others(folded: &mut String, text: &str) {
    let letters = text.nfkd().filter(|c| !is_left_out(*c));
    // Through upper case, because it alone makes one of ß and ss, ς and σ, ı and i; from lower case, because ẞ is upper case already.
    let letters = letters.flat_map(char::to_lowercase).flat_map(char::to_uppercase);
    for c in letters.flat_map(char::to_lowercase) {
        match plain(c) {
            Some(plain) => folded.push_str(plain),
            None => push(folded, c),
        }
    }
}

fn push(folded: &mut String, c: char) {
    let is_blank = if c.is_ascii() { !c.is_ascii_graphic() } else { c.is_whitespace() || c.is_control() };
    if !is_blank {
        folded.push(c);
    } else if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// Accents, which are the marks that belong to no script, and characters that nobody sees. The marks of a script (vowels of Thai, Hindi,
/// Hebrew and Arabic, the voiced kana) tell words apart.
fn is_left_out(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
        || get_general_category(c) == GeneralCategory::Format
}

/// How a letter with a stroke, a ligature, a dash or a quotation mark is typed on any keyboard: Unicode does not decompose these.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{2018}'..='\u{201b}' | '\u{2bc}' => "'",
        '\u{201c}'..='\u{201f}' => "\"",
        _ => return None,
    })
}

/// The words of a text, folded, each once: what is between white space and has a letter or digit, without the punctuation around it.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(' ').map(|word| word.trim_matches(AROUND_WORDS));
    let mut words: Vec<_> = words.filter(|word| word.contains(char::is_alphanumeric)).map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The forms of a name or number: folded, once without spaces and once with a dash for each run of spaces and dashes. Two that have a form
/// in common are the same to people.
#[must_use]
pub fn name_forms(name: &str) -> [String; 2] {
    let folded = fold(name);
    let parts: Vec<_> = folded.split([' ', '-']).collect();
    let mut dashed = String::with_capacity(folded.len());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 && !dashed.ends_with('-') {
            dashed.push('-');
        }
        dashed.push_str(part);
    }
    [folded.replace(' ', ""), dashed]
}

/// A `LIKE` pattern that finds a text anywhere; `%`, `_` and `\` in the text are matched literally.
#[must_use]
pub fn contains_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_read_as_the_same_is_the_same() {
        for [one, other] in [
            ["Lumière Façades", "lumiere facades"],
            ["Lumie\u{300}re Fac\u{327}ades", "LUMIÈRE FAÇADES"],
            ["Straße", "STRASSE"],
            ["STRAẞE", "strasse"],
            ["Søn & Ørsted", "son & orsted"],
            ["Łódź", "lodz"],
            ["İSTANBUL", "istanbul"],
            ["IŞIK", "ışık"],
            ["ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"],
            ["ЩЁЛКОВО", "щелково"],
            ["Æon Œuvre", "aeon oeuvre"],
            ["ＪＯＢ－１０１４", "job-1014"],
            ["JOB\u{2011}1014", "JOB-1014"],
            ["O’Brien", "O'Brien"],
            ["JOB\u{200b}-\u{ad}1014\u{feff}", "job-1014"],
            ["  van\u{a0}\t\nLeeuwen ", "Van Leeuwen"],
            ["ﬁt 5㎜ ½", "FIT 5MM 1⁄2"],
            ["\u{212b}ngström", "angstrom"],
        ] {
            assert_eq!(fold(one), fold(other), "{one}, {other}");
        }
    }

    #[test]
    fn what_tells_words_apart_stays() {
        for [one, other] in [
            ["Müller", "Mueller"],
            ["4711", "4712"],
            ["か", "が"],
            ["มา", "ม้า"],
            ["كتب", "كتاب"],
            ["50%", "50"],
            ["a_b", "a-b"],
            ["C", "C++"],
        ] {
            assert_ne!(fold(one), fold(other), "{one}, {other}");
        }
        assert_eq!(fold("  \u{301}\u{200b} "), "");
    }

    #[test]
    fn every_character_folds_once_and_for_all_and_in_any_form() {
        for c in '\0'..=char::MAX {
            let folded = fold(&format!("x{c}x"));
            assert_eq!(fold(&folded), folded, "{c:?}");
            let forms = [c.nfc().collect::<String>(), c.nfd().collect(), c.nfkc().collect()];
            for form in forms.iter().filter(|form| !form.chars().eq([c])) {
                assert_eq!(fold(&format!("x{form}x")), folded, "{c:?}");
            }
        }
    }

    #[test]
    fn a_word_has_a_letter_or_digit_and_loses_the_punctuation_around_it() {
        assert_eq!(
            words(" JOB 1014, “Lumière” (façades) - job #5 50%_off "),
            ["#5", "1014", "50%_off", "facades", "job", "lumiere"]
        );
        for none in ["", "   ", "-", "% _ \\", "\"\"", "\u{301}", "…"] {
            assert_eq!(words(none), [""; 0], "{none}");
        }
    }

    #[test]
    fn numbers_are_the_same_whatever_their_spaces() {
        let same = |one: &str, other: &str| name_forms(one).iter().any(|form| name_forms(other).contains(form));
        for number in ["job-1014", " JOB-1014 ", "JOB 1014", "JOB - 1014", "J O B-1 0 1 4", "ＪＯＢ–1014"] {
            assert!(same("JOB-1014", number), "{number}");
        }
        assert!(same("P-1012-09", "p 1012 09") && same("P-1012-09", "P 1012 - 09"));
        assert!(same("4711", "47 11") && same("47-11", "47 11") && !same("4711", "47-11"));
        assert!(!same("4711-1", "47111") && !same("JOB-1014", "JOB-101"));
    }

    #[test]
    fn pattern_characters_in_a_text_mean_themselves() {
        assert_eq!(contains_pattern(r"50%_off\"), r"%50\%\_off\\%");
    }
}

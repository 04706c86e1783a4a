use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;
use crate::core::key::{KEY_CHARS, PREFIX_CHARS};

fn key() -> String {
    "mcp_live_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG".to_owned()
}

/// Whether more of a key than may be shown is left, read as a person would who looks for it.
fn shows(text: &str, key: &str) -> bool {
    let visible: String = text.chars().filter(|c| c.is_ascii_graphic() || *c == '…').collect();
    key.as_bytes().windows(PREFIX_CHARS + 1).any(|part| visible.contains(std::str::from_utf8(part).expect("ASCII")))
}

fn keys() -> impl Strategy<Value = String> {
    "mcp_(live|test)_[A-Za-z0-9_-]{43}"
}

/// The ways in which a text is recorded or shown.
fn all_ways(text: &str) -> Vec<String> {
    let object = json!({"a": [text], text: 1});
    let as_text = |value: Value| match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| format!("{name} {value}\n")).collect::<String>(),
        other => other.to_string(),
    };
    vec![line(text), client_text(text), as_text(arguments(&object)), as_text(fields(&object))]
}

proptest! {
    #[test]
    fn no_split_hides_a_key(
        key in keys(),
        pieces in prop::collection::btree_set(1..KEY_CHARS, 1..8),
        splits in prop::collection::vec(prop_oneof![
            "[\\x00-\\x20\\x7f]{1,3}", "\\p{Cc}", "\\p{Cf}{1,3}", "\\p{White_Space}{1,3}", "\\p{M}", "[\u{ad}\u{200b}-\u{200f}\u{2060}\u{feff}\u{202a}-\u{202e}]",
            Just("\\n".to_owned()), Just("\\u200b".to_owned()), Just("\\u{200b}".to_owned()), Just("%0D%0A".to_owned()), Just("&#8203;".to_owned()),
        ], 8),
        (before, after) in ("\\PC{0,20}", "( \\PC{0,20})?"),
    ) {
        let mut text = before;
        let mut start = 0;
        for (end, split) in pieces.iter().copied().zip(&splits) {
            text += &key[start..end];
            text += split;
            start = end;
        }
        text = text + &key[start..] + &after;
        for way in all_ways(&text) {
            prop_assert!(!shows(&way, &key), "{text:?} became {way:?}");
        }
    }

    #[test]
    fn no_encoding_hides_a_key(key in keys(), before in "\\PC{0,9}", after in "\\PC{0,9}", how in 0..19) {
        let whole = format!("{before}{key}{after}");
        let each = |code: fn(u8) -> String| key.bytes().map(code).collect::<String>();
        let text = match how {
            0 => before.clone() + &STANDARD.encode(&key) + &after,
            1 => URL_SAFE_NO_PAD.encode(&whole),
            2 => STANDARD.encode(&whole),
            3 => before.clone() + &each(|byte| format!("%{byte:02X}")) + &after,
            4 => before.clone() + &each(|byte| format!("{byte:02x}")) + &after,
            5 => before.clone() + &each(|byte| format!("\\u{byte:04x}")) + &after,
            6 => before.clone() + &each(|byte| format!("&#{byte};")) + &after,
            7 => before.clone() + &key.replacen("mcp_live_", "MCP_Live_", 1).replace('_', "%5f") + &after,
            8 => before.clone() + &each(|byte| format!("\\U{byte:08X}")) + &after,
            9 => before.clone() + &each(|byte| format!("%u{byte:04x}")) + &after,
            10 => before.clone() + &each(|byte| format!("\\{byte:03o}")) + &after,
            11 => before.clone() + &each(|byte| format!("&#x{byte:x} ")) + &after,
            12 => before.clone() + &each(|byte| format!("{byte:02X}:")) + &after,
            13 => before.clone() + &each(|byte| format!("0x{byte:02x}, ")) + &after,
            14 => before.clone() + &key.replace('_', "&lowbar;").replace('-', "&hyphen;") + &after,
            15 => before.clone() + &each(|byte| format!("{}&zwj;", char::from(byte))) + &after,
            16 => before.clone() + &each(|byte| format!("{}\\e", char::from(byte))) + &after,
            17 => before.clone() + &each(|byte| format!("\\x{{{byte:x}}}")) + &after,
            _ => key.split_at(30).0.to_owned() + &after,
        };
        for way in all_ways(&text) {
            let read = way.replace(['\\', ':', ','], " ").replace(" u", " ").replace(" U", " ").replace("0x", " ").replace("&#", " ");
            prop_assert!(!shows(&way, &key), "{text:?} became {way:?}");
            // What is left of an encoding is at most the 20 characters that may be shown.
            let last = key.bytes().skip(PREFIX_CHARS);
            for code in [|b: u8| format!("%{b:02X}"), |b: u8| format!("{b:02x}"), |b: u8| format!("{b:04x}"), |b: u8| format!("{b};")] {
                let hidden: String = last.clone().take(8).map(code).collect();
                prop_assert!(!read.replace(' ', "").contains(&hidden), "{text:?} became {way:?}");
            }
            let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=').replace('+', "-").replace('/', "_"));
            if let Ok(bytes) = decoded(&way) {
                prop_assert!(!String::from_utf8_lossy(&bytes).contains(&key[..PREFIX_CHARS + 1]), "{text:?} became {way:?}");
            }
        }
    }

    #[test]
    fn a_text_without_keys_is_only_filtered(text in "[^=:_]{0,200}") {
        prop_assert_eq!(&without_secrets(&text), &text);
        let visible: String = text.chars().filter(|c| !is_hidden(*c)).collect();
        prop_assert_eq!(line(&text), visible);
        if text.len() < 1000 {
            prop_assert_eq!(arguments(&json!([text])), json!([text]));
        }
    }

    #[test]
    fn what_was_cut_is_not_cut_again(text in "([a-z :@'\"]{0,9}|mcp_live_|mcp_test_|bWNwX2xpdmVf|6d63705f6c6976655f|[A-Za-z0-9]{30}){0,8}") {
        let once = line(&text);
        prop_assert_eq!(line(&once), once);
    }
}

#[test]
fn a_stray_backslash_before_a_letter_hides_no_key() {
    for at in 1..KEY_CHARS {
        let text = format!("{}\\\n{}", &key()[..at], &key()[at..]);
        for way in all_ways(&text) {
            assert!(!shows(&way.replace('\\', ""), &key()), "{at}: {way}");
        }
    }
}

#[test]
fn every_control_character_and_every_format_character_inside_a_key_is_seen_through() {
    let key = key();
    for c in (0..=0x0E_01FFu32).filter_map(char::from_u32).filter(|c| is_hidden(*c) || c.is_whitespace()) {
        for at in [4, 12, 20, 40] {
            let text = format!("{}{c}{}", &key[..at], &key[at..]);
            for way in all_ways(&text) {
                assert!(!shows(&way, &key) && !way.contains(&key[41..]), "{c:?} at {at}: {way}");
            }
        }
    }
}

#[test]
fn a_mebibyte_takes_one_pass() {
    // If a part of these texts were read again for each key in it, this test would take hours.
    for piece in [
        "mcp_live_",
        "mcp_test_ ",
        "bWNwX2xpdmVf",
        "6d63705f6c6976655f",
        "password=",
        "x://a:",
        "a=",
        "%6d",
        "\\u{",
        "&#1",
        "\u{200b}",
        "pass_",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let _ = line(&text);
    }
}

#[test]
fn secrets_by_name_are_replaced_at_any_depth() {
    let given = json!({"status": "in_progress", "meta": [{"Api-Key": "x", "access_token": {"a": 1}}], "PASSWORD": "y"});
    let kept = arguments(&given);
    assert_eq!(
        kept,
        json!({"status": "in_progress", "PASSWORD": REDACTED,
        "meta": [{"Api-Key": REDACTED, "access_token": REDACTED}]})
    );
}

#[test]
fn names_are_secret_by_their_words_and_not_by_chance() {
    for secret in [
        "pass",
        "Pass",
        "userPass",
        "pwd",
        "db_pwd",
        "PIN",
        "user-pin",
        "pin2",
        "pinCode",
        "PINCode",
        "auth",
        "authHeader",
        "bearer",
        "jwt",
        "idJWT",
        "cookie",
        "Set-Cookie",
        "cookies",
        "session",
        "sessionId",
        "session id",
        "otp",
        "signature",
        "x-signature",
        "api key",
        "api_key",
        "apiKey",
        "API KEYS",
        "db password",
        "client_secret",
        "AccessToken",
        "private key",
        "pass\u{200b}word",
        "p\u{7}in",
        "passphrase",
    ] {
        assert!(secrets::is_secret(secret), "{secret}");
    }
    for harmless in [
        "opinion",
        "shipping",
        "passed",
        "author",
        "authorId",
        "spinning",
        "part_number",
        "pinned",
        "pinion",
        "compass",
        "bypass",
        "obsession",
        "assignature",
        "cookiecutter",
        "status",
        "customer",
        "notes",
        "key",
        "keyword",
        "id",
        "",
        "spin_rate",
        "bearing",
        "monkey",
    ] {
        assert!(!secrets::is_secret(harmless), "{harmless}");
    }
}

#[test]
fn passwords_in_connection_strings_are_taken_out() {
    for (given, kept) in [
        ("postgres://user:hunter2@host/db", "postgres://user:[redacted]@host/db"),
        ("see https://u:p%40@ss#w0rd@example.org, or ftp://u@h", "see https://u:[redacted]@example.org, or ftp://u@h"),
        ("redis://:hunter2@h", "redis://:[redacted]@h"),
        ("host=h password=hunter2 user=u", "host=h password=[redacted] user=u"),
        ("password = 'hun ter\\'2' user=u", "password = [redacted] user=u"),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=[redacted] psql"),
        ("https://h/?api_key=abc&x=1", "https://h/?api_key=[redacted]&x=1"),
        ("Server=h;Pwd=hunter2;Database=d", "Server=h;Pwd=[redacted];Database=d"),
        ("at 12:30 see http://host:8080/a@b, ratio a=b", "at 12:30 see http://host:8080/a@b, ratio a=b"),
        ("compass=3 bypass=4", "compass=3 bypass=4"),
    ] {
        assert_eq!(line(given), kept);
        assert_eq!(arguments(&json!([given])), json!([kept]));
    }
}

#[test]
fn a_key_inside_a_text_or_a_field_name_is_cut_to_its_prefix() {
    let given = json!({"notes": format!("use {0}, or {0}.", key()), key(): 1});
    let kept = arguments(&given).to_string();
    assert!(!shows(&kept, &key()), "{kept}");
    assert!(kept.contains(&key()[..PREFIX_CHARS]));
    assert_eq!(client_text(&key()), format!("{}…", &key()[..PREFIX_CHARS]));
    assert_eq!(line(&format!("{0}, {0}x", key())), format!("{0}…, {0}…", &key()[..PREFIX_CHARS]));
    assert_eq!(line(&format!("the key {} is new", key())), format!("the key {}… is new", &key()[..PREFIX_CHARS]));
    // A prefix may be shown, and what follows a sign after it is no part of a key.
    let prefix = format!("key {}: a call of fetch_jobs failed", &key()[..PREFIX_CHARS]);
    assert_eq!(line(&prefix), prefix);
    let cut = format!("key {}… called fetch_jobs again, and then once more", &key()[..PREFIX_CHARS]);
    assert_eq!(line(&cut), cut);
}

#[test]
fn long_arguments_are_cut_with_a_mark_and_between_characters() {
    let kept = arguments(&json!({"notes": "é".repeat(MAX_RECORDED_ARGUMENT_BYTES)}));
    assert_eq!(kept["_truncated"], true);
    assert!(kept["_start"].as_str().expect("a text").len() <= MAX_RECORDED_ARGUMENT_BYTES);
    assert!(kept["_bytes"].as_u64().expect("a number") > MAX_RECORDED_ARGUMENT_BYTES as u64);
}

#[test]
fn short_arguments_are_unchanged() {
    let given = json!({"limit": 5, "customer": "O'Brien & Søn", "ids": [null, true], "notes": "two\nlines"});
    assert_eq!(arguments(&given), given);
}

#[test]
fn a_client_text_is_one_bounded_line() {
    assert_eq!(client_text("Claude\nDesktop\u{202e}"), "ClaudeDesktop");
    assert_eq!(client_text(&"x".repeat(1000)).len(), MAX_CLIENT_TEXT_CHARS);
}

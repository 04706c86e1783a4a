//! A `jsonb` value as a tree, without its text in between: the text of `1e100000` has 100 kB, and `jsonb` can hold 60,000 of them in 1 MiB.

use std::ffi::CStr;

use pgrx::pg_sys::{JsonbIteratorToken, jbvType};
use pgrx::{direct_function_call, pg_sys};
use serde_json::{Map, Number, Value};

/// The same as serde_json's own limit: deeper values could exhaust the stack.
const MAX_DEPTH: usize = 127;

/// An array or object that is not yet complete.
enum Open {
    Array(Vec<Value>),
    Object(Map<String, Value>, String),
}

impl Open {
    fn add(&mut self, value: Value) {
        match self {
            Self::Array(items) => items.push(value),
            Self::Object(fields, name) => drop(fields.insert(std::mem::take(name), value)),
        }
    }

    fn close(self) -> Value {
        match self {
            Self::Array(items) => Value::Array(items),
            Self::Object(fields, _) => Value::Object(fields),
        }
    }
}

/// Reads a value; `None` if it is nested too deep or contains a number that is out of range.
///
/// # Safety
/// `jsonb` must be a detoasted `jsonb` value.
pub(super) unsafe fn read(jsonb: *mut pg_sys::Jsonb) -> Option<Value> {
    let mut open: Vec<Open> = Vec::new();
    let mut scalar = false;
    // SAFETY: the loop of PostgreSQL's own JsonbToCStringWorker. A token says which member of the union is valid.
    unsafe {
        let mut iterator = pg_sys::JsonbIteratorInit(&raw mut (*jsonb).root);
        let mut token = pg_sys::JsonbValue::default();
        loop {
            let value = match pg_sys::JsonbIteratorNext(&raw mut iterator, &raw mut token, false) {
                JsonbIteratorToken::WJB_BEGIN_ARRAY | JsonbIteratorToken::WJB_BEGIN_OBJECT
                    if open.len() == MAX_DEPTH =>
                {
                    return None;
                }
                JsonbIteratorToken::WJB_BEGIN_ARRAY => {
                    // A scalar is stored as an array with one element.
                    scalar |= token.val.array.rawScalar;
                    open.push(Open::Array(Vec::new()));
                    continue;
                }
                JsonbIteratorToken::WJB_BEGIN_OBJECT => {
                    open.push(Open::Object(Map::new(), String::new()));
                    continue;
                }
                JsonbIteratorToken::WJB_KEY => {
                    if let Some(Open::Object(_, name)) = open.last_mut() {
                        *name = text(&token);
                    }
                    continue;
                }
                JsonbIteratorToken::WJB_ELEM | JsonbIteratorToken::WJB_VALUE => leaf(&token)?,
                JsonbIteratorToken::WJB_END_ARRAY | JsonbIteratorToken::WJB_END_OBJECT => open.pop()?.close(),
                _ => return None,
            };
            match (open.last_mut(), value) {
                (Some(outer), value) => outer.add(value),
                (None, Value::Array(mut items)) if scalar => return items.pop(),
                (None, value) => return Some(value),
            }
        }
    }
}

/// # Safety
/// `token` must be a string, number, boolean or null.
unsafe fn leaf(token: &pg_sys::JsonbValue) -> Option<Value> {
    // SAFETY: the type says which member of the union is valid.
    unsafe {
        match token.type_ {
            jbvType::jbvNull => Some(Value::Null),
            jbvType::jbvBool => Some(Value::Bool(token.val.boolean)),
            jbvType::jbvString => Some(Value::String(text(token))),
            jbvType::jbvNumeric => {
                let digits: &CStr = direct_function_call(pg_sys::numeric_out, &[Some(token.val.numeric.into())])?;
                let number = digits.to_str().ok().and_then(|digits| serde_json::from_str::<Number>(digits).ok());
                // One by one, because the text is much longer than the number that was stored.
                pg_sys::pfree(digits.as_ptr().cast_mut().cast());
                number.map(Value::Number)
            }
            _ => None,
        }
    }
}

/// # Safety
/// `token` must be a string.
unsafe fn text(token: &pg_sys::JsonbValue) -> String {
    // SAFETY: a string has a pointer and a length, without NUL at its end.
    let bytes = unsafe {
        let string = token.val.string;
        std::slice::from_raw_parts(string.val.cast::<u8>(), usize::try_from(string.len).unwrap_or_default())
    };
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(any(test, feature = "pg_test"))]
#[pgrx::pg_schema]
mod tests {
    use crate::pg::json::{GivenJson, TooLarge};
    use pgrx::prelude::*;
    use serde_json::{Value, json};

    fn given(sql: &str) -> Result<Value, TooLarge> {
        crate::pg::query::ask(&format!("SELECT {sql}"), |rows| {
            let any = rows.first().get_one::<pgrx::datum::AnyElement>()?;
            // SAFETY: the statements below return jsonb. It is read here, because the rows end with this closure.
            Ok(any.and_then(|any| unsafe {
                GivenJson::<2000>::from_polymorphic_datum(any.datum(), false, pgrx::pg_sys::JSONBOID)
            }))
        })
        .expect("a value")
        .0
    }

    #[pg_test]
    fn a_value_is_read_as_its_text_says() {
        for text in [
            "null",
            "true",
            "7",
            "\"x\"",
            "[]",
            "{}",
            "[[]]",
            "[[1]]",
            "[1, [2, {\"a\": [null]}], {}]",
            r#"{"a": {"b": [1, 2.50, -3e-5, 12345678901234567890, "é\n"]}, "": false, "c": [{}]}"#,
            "3.8064001756786245",
            "30.0",
        ] {
            let expected: Value = serde_json::from_str(text).expect("JSON");
            let read = given(&format!("'{text}'::jsonb")).expect("small");
            assert_eq!(read.to_string(), expected.to_string(), "{text}");
        }
    }

    #[pg_test]
    fn what_a_tree_cannot_hold_is_a_text() {
        for sql in ["'1e400'::jsonb", "'[1, 1e100000]'::jsonb", "(repeat('[', 128) || repeat(']', 128))::jsonb"] {
            assert!(given(sql).expect("small").as_str().is_some_and(|text| text.contains("cannot be read")), "{sql}");
        }
        assert_eq!(given("(repeat('[', 3) || repeat(']', 3))::jsonb"), Ok(json!([[[]]])));
    }

    #[pg_test]
    fn the_size_is_that_of_the_value_even_if_it_is_compressed() {
        assert!(given("jsonb_build_array(repeat('x', 900))").is_ok());
        let Err(TooLarge { bytes }) = given("jsonb_build_array(repeat('x', 100000))") else { panic!("it was read") };
        assert!((100_000..100_100).contains(&bytes), "{bytes}");
        crate::pg::query::script("CREATE TEMP TABLE kept AS SELECT jsonb_build_array(repeat('x', 100000)) AS value");
        let Err(compressed) = given("value FROM kept") else { panic!("it was read") };
        assert_eq!(compressed.bytes, bytes);
    }
}

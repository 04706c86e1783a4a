//! Keyset cursors: the end of a page, as an opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The last row of a page: its sort key in PostgreSQL's text format (`None` for NULL), and its id as the tie-breaker.
///
/// The caller can forge it, so it is only ever used as parameters of a statement that row-level security restricts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The sort order to which the cursor belongs; with any other it is refused.
    #[serde(rename = "o")]
    pub order: String,
    /// The sort key.
    #[serde(rename = "k")]
    pub key: Option<String>,
    /// The id.
    #[serde(rename = "i")]
    pub id: Uuid,
}

impl Cursor {
    /// The text that a client sends back.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("texts and a uuid are JSON"))
    }

    /// Parses a text made by [`encode`](Self::encode).
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_a_round_trip() {
        for key in [None, Some("2026-01-02 03:04:05.678901+00".to_owned()), Some("50%_off B.V.".to_owned())] {
            let cursor = Cursor { order: "newest".to_owned(), key, id: Uuid::from_u128(7) };
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
    }

    #[test]
    fn other_texts_are_not_cursors() {
        for text in ["", "x", "e30", "%%%", "bnVsbA"] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }
}

//! The form of a key: `mcp_live_` or `mcp_test_` and 43 characters, the base64url of 32 random bytes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use sha2::{Digest, Sha256};

/// Length of a whole key. Below bcrypt's 72 bytes, or bcrypt would accept a key with anything behind it.
pub const KEY_CHARS: usize = 52;
/// Length of the part that is stored in clear and finds the row: 11 random characters (66 bits); 32 characters stay secret.
pub const PREFIX_CHARS: usize = 20;
/// bcrypt's cost.
pub const BCRYPT_COST: u32 = 10;
const MARK_CHARS: usize = 9;

/// What a key is for. It says nothing about data: both kinds see the tenant's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// `mcp_live_…`
    Live,
    /// `mcp_test_…`
    Test,
}

impl Environment {
    /// Reads `live` or `test`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "live" => Some(Self::Live),
            "test" => Some(Self::Test),
            _ => None,
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::Live => "mcp_live_",
            Self::Test => "mcp_test_",
        }
    }
}

/// A text of a key's form. It may still be nobody's key. It has no `Debug` or `Display`, so that it cannot be logged by accident.
pub struct ApiKey(String);

impl ApiKey {
    /// A new key from the operating system's random numbers.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub fn generate(environment: Environment) -> Result<Self, SysError> {
        let mut secret = [0u8; 32];
        SysRng.try_fill_bytes(&mut secret)?;
        Ok(Self(format!("{}{}", environment.mark(), URL_SAFE_NO_PAD.encode(secret))))
    }

    /// Takes a caller's text when it has a key's form; everything else is refused before any hashing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let marked = text.starts_with(Environment::Live.mark()) || text.starts_with(Environment::Test.mark());
        let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == KEY_CHARS && marked && text.as_bytes()[MARK_CHARS..].iter().all(in_alphabet))
            .then(|| Self(text.to_owned()))
    }

    /// The part that may be stored, shown and logged.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX_CHARS]
    }

    /// The whole key, for the one moment in which it is handed to its owner.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0
    }

    /// SHA-256 of the key: what a backend remembers of a verified key instead of the key.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// A salted bcrypt hash, for the table.
    ///
    /// # Errors
    /// When the operating system has no random salt to give.
    pub fn hash(&self) -> Result<String, bcrypt::BcryptError> {
        bcrypt::non_truncating_hash(&self.0, BCRYPT_COST)
    }

    /// Whether `hash` was made from this key. A hash that is none matches nothing.
    #[must_use]
    pub fn matches(&self, hash: &str) -> bool {
        bcrypt::non_truncating_verify(&self.0, hash).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_has_the_documented_form() {
        for (environment, mark) in [(Environment::Live, "mcp_live_"), (Environment::Test, "mcp_test_")] {
            let key = ApiKey::generate(environment).expect("random numbers").reveal();
            assert!(key.starts_with(mark));
            assert_eq!(key.len(), KEY_CHARS);
            assert!(ApiKey::parse(&key).is_some());
        }
    }

    #[test]
    fn two_keys_differ_also_in_their_prefix() {
        let one = ApiKey::generate(Environment::Live).expect("random numbers");
        let other = ApiKey::generate(Environment::Live).expect("random numbers");
        assert_ne!(one.prefix(), other.prefix());
        assert_ne!(one.fingerprint(), other.fingerprint());
    }

    #[test]
    fn only_the_key_itself_matches_its_hash() {
        let key = ApiKey::generate(Environment::Live).expect("random numbers");
        let hash = key.hash().expect("a hash");
        assert!(hash.starts_with("$2b$10$"));
        assert!(key.matches(&hash));
        assert!(!ApiKey::generate(Environment::Live).expect("random numbers").matches(&hash));
        assert!(!key.matches("not a hash"));
    }

    #[test]
    fn other_forms_are_refused() {
        let good = format!("mcp_live_{}", "a".repeat(43));
        assert!(ApiKey::parse(&good).is_some());
        for bad in [
            String::new(),
            "mcp_live_".to_owned(),
            format!("{good}a"),
            good[..51].to_owned(),
            format!("mcp_prod_{}", "a".repeat(43)),
            format!("mcp_live_{}=", "a".repeat(42)),
            format!("mcp_live_{}\0", "a".repeat(42)),
            format!("mcp_live_{}é", "a".repeat(41)),
            format!("{good}{}", "x".repeat(40)),
        ] {
            assert!(ApiKey::parse(&bad).is_none(), "accepted {bad:?}");
        }
    }
}

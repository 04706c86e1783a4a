//! The format of a key: `mcp_live_` or `mcp_test_`, followed by 43 characters, the base64url of 32 random bytes. Keys that Eryxon Flow made
//! itself have 32 characters there, of 24 random bytes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Length of a whole key. It must be below bcrypt's 72 bytes; otherwise bcrypt would accept a key with anything appended.
pub const KEY_CHARS: usize = 52;
/// Length of a key that Eryxon Flow made and `mcp_take_over_keys` took over.
const TAKEN_OVER_KEY_CHARS: usize = 41;
/// Length of the part of such a key that its row is found by until its first use.
const SHORT_PREFIX_CHARS: usize = 12;
/// Length of the part that is stored in clear text and used to find the row: it has 11 random characters (66 bits); 32 remain secret.
pub const PREFIX_CHARS: usize = 20;
/// bcrypt's cost.
pub const BCRYPT_COST: u32 = 10;
const MARK_CHARS: usize = 9;

/// What a key is used for. It does not affect the data: both kinds see the same tenant's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// `mcp_live_…`
    Live,
    /// `mcp_test_…`
    Test,
}

impl Environment {
    /// Parses `live` or `test`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "live" => Some(Self::Live),
            "test" => Some(Self::Test),
            _ => None,
        }
    }

    /// How its keys begin.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Live => "mcp_live_",
            Self::Test => "mcp_test_",
        }
    }
}

/// A text in the format of a key, which may still be unknown. It has no `Debug` or `Display`, so that it cannot be logged by accident.
pub struct ApiKey(String);

impl ApiKey {
    /// Generates a key from the operating system's random numbers.
    ///
    /// # Errors
    /// If the operating system cannot provide them.
    pub fn generate(environment: Environment) -> Result<Self, SysError> {
        let mut secret = [0u8; 32];
        SysRng.try_fill_bytes(&mut secret)?;
        Ok(Self(format!("{}{}", environment.mark(), URL_SAFE_NO_PAD.encode(secret))))
    }

    /// Accepts a caller's text if it has the format of a key; everything else is refused before any hashing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let marked = text.starts_with(Environment::Live.mark()) || text.starts_with(Environment::Test.mark());
        let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (matches!(text.len(), KEY_CHARS | TAKEN_OVER_KEY_CHARS)
            && marked
            && text.as_bytes()[MARK_CHARS..].iter().all(in_alphabet))
        .then(|| Self(text.to_owned()))
    }

    /// The part that may be stored, shown and logged.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX_CHARS]
    }

    /// What a taken-over key's row has instead of [`prefix`](Self::prefix) before its first use; `None` for a key of our own.
    #[must_use]
    pub fn short_prefix(&self) -> Option<&str> {
        (self.0.len() == TAKEN_OVER_KEY_CHARS).then(|| &self.0[..SHORT_PREFIX_CHARS])
    }

    /// The whole key, for the one time that it is handed to its owner.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0
    }

    /// SHA-256 of the key: stored beside the hash, and what a backend remembers instead of a verified key. A key has 256 random bits, so
    /// neither the digest nor a list of digests helps to find it.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Whether this is the key's fingerprint, in a time that does not depend on where they differ.
    #[must_use]
    pub fn has_fingerprint(&self, fingerprint: &[u8; 32]) -> bool {
        self.fingerprint().ct_eq(fingerprint).into()
    }

    /// A salted bcrypt hash, for the table.
    ///
    /// # Errors
    /// If the operating system cannot provide a random salt.
    pub fn hash(&self) -> Result<String, bcrypt::BcryptError> {
        bcrypt::non_truncating_hash(&self.0, BCRYPT_COST)
    }

    /// Whether `hash` was made from this key. An invalid hash matches no key.
    #[must_use]
    pub fn matches(&self, hash: &str) -> bool {
        #[cfg(any(test, feature = "pg_test"))]
        BCRYPTS.set(BCRYPTS.get() + 1);
        bcrypt::non_truncating_verify(&self.0, hash).unwrap_or(false)
    }
}

#[cfg(any(test, feature = "pg_test"))]
thread_local! {
    /// How often this thread has run bcrypt to check a key: tests count it, because time is not the same on every machine.
    pub(crate) static BCRYPTS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_has_the_documented_format() {
        for (environment, mark) in [(Environment::Live, "mcp_live_"), (Environment::Test, "mcp_test_")] {
            let key = ApiKey::generate(environment).expect("random numbers").reveal();
            assert!(key.starts_with(mark));
            assert_eq!(key.len(), KEY_CHARS);
            assert!(ApiKey::parse(&key).is_some());
        }
    }

    #[test]
    fn two_keys_differ_in_their_prefix_too() {
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
        assert!(key.has_fingerprint(&key.fingerprint()) && !key.has_fingerprint(&[0; 32]));
        assert!(!ApiKey::generate(Environment::Live).expect("random numbers").matches(&hash));
        assert!(!key.matches("not a hash"));
    }

    #[test]
    fn a_key_that_eryxon_flow_made_has_a_short_prefix_too() {
        let old = ApiKey::parse(&format!("mcp_test_abc{}", "d".repeat(29))).expect("41 characters");
        assert_eq!((old.prefix(), old.short_prefix()), ("mcp_test_abcdddddddd", Some("mcp_test_abc")));
        assert_eq!(ApiKey::generate(Environment::Live).expect("random numbers").short_prefix(), None);
    }

    #[test]
    fn other_formats_are_refused() {
        let good = format!("mcp_live_{}", "a".repeat(43));
        assert!(ApiKey::parse(&good).is_some());
        for bad in [
            String::new(),
            "mcp_live_".to_owned(),
            format!("{good}a"),
            good[..51].to_owned(),
            good[..40].to_owned(),
            good[..42].to_owned(),
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

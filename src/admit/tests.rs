//! What a key costs: how often bcrypt runs, which is all of the time that an admission takes.

#[pgrx::pg_schema]
mod tests {
    use crate::core::key::{ApiKey, BCRYPTS};
    use crate::tools::probe::{demo, sql};
    use pgrx::prelude::*;

    /// A new key of tenant A, named `cost`, in the demo factory.
    fn key() -> String {
        demo();
        new_key("cost")
    }

    fn new_key(name: &str) -> String {
        sql(&format!("SELECT api_key FROM generate_mcp_key(mes_demo_id('A'), '{name}')"))
            .as_str()
            .expect("a key")
            .to_owned()
    }

    /// The key with another secret part.
    fn wrong(key: &str) -> String {
        let last = if key.ends_with('A') { 'B' } else { 'A' };
        format!("{}{last}", &key[..51])
    }

    fn unknown(key: &str) -> String {
        format!("mcp_live_{}{}", &key[10..], &key[9..10])
    }

    /// Whether the key is admitted, and how many times bcrypt ran. Through SQL, so that admission sees what the test wrote before.
    fn outcome(key: &str) -> (bool, u32) {
        BCRYPTS.set(0);
        let answer = sql(&format!("mcp_list_tools('{key}')"));
        assert!(answer["error"].is_null() || answer["error"]["data"]["type"] == "authentication_error", "{answer}");
        (answer["error"].is_null(), BCRYPTS.get())
    }

    fn set(change: &str) {
        Spi::run(&format!("UPDATE mcp_keys SET {change} WHERE name = 'cost'")).expect("an update");
    }

    fn stored() -> String {
        sql("SELECT coalesce(encode(key_sha256, 'hex'), '') FROM mcp_keys WHERE name = 'cost'")
            .as_str()
            .expect("a text")
            .to_owned()
    }

    #[pg_test]
    fn a_right_key_costs_one_bcrypt_and_a_wrong_or_unknown_one_none() {
        let key = key();
        assert_eq!(outcome(&wrong(&key)), (false, 0));
        assert_eq!(outcome(&unknown(&key)), (false, 0));
        assert_eq!(outcome(&key), (true, 1));
        assert_eq!(outcome(&key), (true, 0));
        assert_eq!(outcome(&wrong(&key)), (false, 0));
    }

    #[pg_test]
    fn a_key_that_is_not_active_costs_no_bcrypt_with_its_right_secret_either() {
        let key = key();
        for (change, back) in [("enabled = false", "enabled = true"), ("expires_at = '-infinity'", "expires_at = NULL")]
        {
            set(change);
            assert_eq!(outcome(&key), (false, 0), "{change}");
            assert_eq!(outcome(&wrong(&key)), (false, 0), "{change}");
            set(back);
        }
        Spi::run("UPDATE mes.tenants SET status = 'suspended' WHERE id = mes_demo_id('A')").expect("an update");
        assert_eq!(outcome(&key), (false, 0));
        assert_eq!(outcome(&wrong(&key)), (false, 0));
        Spi::run("UPDATE mes.tenants SET status = 'active' WHERE id = mes_demo_id('A')").expect("an update");
        assert_eq!(outcome(&key), (true, 1));
    }

    #[pg_test]
    fn a_fingerprint_that_does_not_belong_to_the_hash_admits_neither_of_its_two_keys() {
        let (key, other) = (key(), new_key("other"));
        let others = ApiKey::parse(&other).expect("a key").fingerprint();
        let hex: String = others.iter().map(|byte| format!("{byte:02x}")).collect();
        set(&format!("key_sha256 = '\\x{hex}'"));
        assert_eq!(outcome(&key), (false, 0));
        // The other key, found by the prefix of this one.
        Spi::run("UPDATE mcp_keys SET key_prefix = 'mcp_live_' || repeat('-', 11) WHERE name = 'other'")
            .expect("an update");
        set(&format!("key_prefix = '{}'", &other[..20]));
        assert_eq!(outcome(&other), (false, 1));
        assert_eq!(outcome(&other), (false, 1));
    }

    #[pg_test]
    fn a_key_without_a_fingerprint_is_admitted_by_bcrypt_and_gets_one() {
        let key = key();
        let fingerprint = stored();
        set("key_sha256 = NULL");
        assert_eq!(outcome(&wrong(&key)), (false, 1));
        set("enabled = false");
        assert_eq!(outcome(&key), (false, 1));
        assert_eq!(stored(), "");
        set("enabled = true");
        assert_eq!(outcome(&key), (true, 0));
        assert_eq!(stored(), fingerprint);
        assert_eq!(outcome(&wrong(&key)), (false, 0));
    }

    #[pg_test]
    fn rotating_a_key_replaces_its_fingerprint() {
        let key = key();
        let before = stored();
        let rotated = sql("SELECT r.api_key FROM mcp_keys k, rotate_mcp_key(k.id) r WHERE k.name = 'cost'");
        assert_ne!(stored(), before);
        assert_eq!(outcome(&key), (false, 0));
        assert_eq!(outcome(rotated.as_str().expect("a key")), (true, 1));
    }

    #[pg_test]
    fn a_read_only_transaction_admits_a_key_without_a_fingerprint_and_stores_none() {
        let key = key();
        set("key_sha256 = NULL");
        Spi::run("SET LOCAL transaction_read_only = on").expect("a setting");
        assert_eq!(outcome(&key), (true, 1));
        assert_eq!(stored(), "");
    }
}

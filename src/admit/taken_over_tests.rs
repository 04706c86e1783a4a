//! Keys that Eryxon Flow made: taking them over, and what they cost.

#[pgrx::pg_schema]
mod tests {
    use serde_json::{Value, json};

    use crate::core::key::{ApiKey, BCRYPTS};
    use crate::tools::probe::{demo, sql};
    use pgrx::prelude::*;

    const TABLE: &str = "CREATE SCHEMA flow;
        CREATE TABLE flow.mcp_authentication_keys (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, key_hash text NOT NULL, key_prefix text NOT NULL,
            name text NOT NULL, description text, environment text NOT NULL DEFAULT 'live', allowed_tools jsonb DEFAULT '[\"*\"]',
            rate_limit integer DEFAULT 100, enabled boolean NOT NULL DEFAULT true, last_used_at timestamptz, usage_count integer DEFAULT 0,
            created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), created_by uuid)";

    /// The demo factory, attached, and Eryxon Flow's own table of keys.
    fn flow() {
        demo();
        Spi::run(TABLE).expect("a table");
    }

    /// A key as Eryxon Flow makes it. The letter tells keys with the same first 12 characters apart.
    fn old_key(start: &str, letter: char) -> String {
        format!("mcp_live_{start}{}", letter.to_string().repeat(29))
    }

    /// Adds the key to Eryxon Flow's table, hashed as pgcrypto does.
    fn add(key: &str, name: &str, more: &str) {
        let hash = ApiKey::parse(key).expect("a key").hash().expect("a hash").replacen("$2b$", "$2a$", 1);
        add_hash(&key[..12], &hash, name, more);
    }

    fn add_hash(prefix: &str, hash: &str, name: &str, more: &str) {
        let (columns, values) = more.split_once('=').unwrap_or_default();
        let comma = if more.is_empty() { "" } else { ", " };
        Spi::run(&format!(
            "INSERT INTO flow.mcp_authentication_keys (tenant_id, key_hash, key_prefix, name{comma}{columns})
             VALUES (mes_demo_id('A'), '{hash}', '{prefix}', '{name}'{comma}{values})"
        ))
        .expect("a row");
    }

    /// What became of each key, by its name.
    fn take_over() -> Value {
        sql("SELECT jsonb_object_agg(key_name, concat_ws(': ', outcome, remarks)) FROM mcp_take_over_keys('flow')")
    }

    /// Whether the key is admitted, and how many times bcrypt ran.
    fn outcome(key: &str) -> (bool, u32) {
        BCRYPTS.set(0);
        let answer = sql(&format!("mcp_list_tools('{key}')"));
        assert!(answer["error"].is_null() || answer["error"]["data"]["type"] == "authentication_error", "{answer}");
        (answer["error"].is_null(), BCRYPTS.get())
    }

    fn prefix(name: &str) -> Value {
        sql(&format!("SELECT to_jsonb(key_prefix) FROM mcp_authentication_keys WHERE name = '{name}'"))
    }

    #[pg_test]
    fn a_taken_over_key_works_and_gets_its_whole_prefix_at_its_first_use() {
        flow();
        let key = old_key("abc", 'd');
        add(&key, "Office", "usage_count, last_used_at=41, '2026-01-02 03:04Z'");
        assert_eq!(outcome(&key), (false, 0), "not taken over yet");
        assert_eq!(take_over(), json!({"Office": "taken over"}));
        assert_eq!(prefix("Office"), json!("mcp_live_abc"));
        assert_eq!(outcome(&old_key("abc", 'e')), (false, 1));
        assert_eq!(outcome(&old_key("abx", 'd')), (false, 0), "an unknown prefix");
        assert_eq!(outcome(&key), (true, 1));
        assert_eq!(prefix("Office"), json!("mcp_live_abcdddddddd"));
        assert_eq!(outcome(&key), (true, 0));
        assert_eq!(outcome(&old_key("abc", 'e')), (false, 0), "as cheap as any wrong key");
        assert_eq!(outcome(&format!("{key}d")), (false, 0), "of neither form");
        assert_eq!(outcome(&format!("{key}{}", "d".repeat(11))), (false, 0), "of our own form");
        let counters = "SELECT jsonb_build_array(usage_count, last_used_at = '2026-01-02 03:04Z') FROM mcp_authentication_keys WHERE name = 'Office'";
        assert_eq!(sql(counters), json!([41, true]));
        assert_eq!(take_over(), json!({"Office": "unchanged: it is here already"}));
    }

    #[pg_test]
    fn a_key_that_is_not_active_is_refused_without_bcrypt() {
        flow();
        let key = old_key("abc", 'd');
        add(&key, "Office", "enabled=false");
        take_over();
        assert_eq!(outcome(&key), (false, 0));
        Spi::run("UPDATE mcp_authentication_keys SET enabled = true WHERE name = 'Office'").expect("an update");
        assert_eq!(outcome(&key), (true, 1));
    }

    #[pg_test]
    fn a_wrong_key_costs_at_most_eight_hashes_however_many_keys_have_its_prefix() {
        flow();
        let keys: Vec<_> = ('a'..='h').map(|letter| old_key("abc", letter)).collect();
        for key in &keys {
            add(key, &key[12..], "");
        }
        let taken = take_over();
        assert_eq!(taken.as_object().map(|taken| taken.len()), Some(8));
        // 10,000 more with the same prefix: one hash is enough for them, as nobody uses them.
        Spi::run(
            "INSERT INTO flow.mcp_authentication_keys (tenant_id, key_hash, key_prefix, name)
             SELECT mes_demo_id('A'), '$2a$10$' || rpad(n::text, 53, '.'), 'mcp_live_abc', 'Other ' || n FROM generate_series(1, 10000) n",
        )
        .expect("rows");
        let outcomes = "SELECT jsonb_object_agg(concat_ws(': ', outcome, remarks), n)
                          FROM (SELECT outcome, remarks, count(*) AS n FROM mcp_take_over_keys('flow') GROUP BY outcome, remarks) o";
        assert_eq!(
            sql(outcomes),
            json!({
                "unchanged: it is here already": 8,
                "left out: 8 unused keys with the prefix mcp_live_abc are here already": 10000
            })
        );
        assert_eq!(outcome(&old_key("abc", 'z')), (false, 8));
        for key in &keys {
            let (admitted, hashes) = outcome(key);
            assert!(admitted && (1..=8).contains(&hashes), "{hashes} hashes");
        }
        assert_eq!(outcome(&old_key("abc", 'z')), (false, 0), "all have their whole prefix now");
        // Rows that came another way (a restored dump, another program) do not change the bound.
        Spi::run(
            "INSERT INTO mcp_keys (tenant_id, key_hash, short_prefix, name)
             SELECT mes_demo_id('A'), '$2a$10$' || rpad(n::text, 53, '.'), 'mcp_live_abc', 'Other ' || n FROM generate_series(1, 10000) n",
        )
        .expect("rows");
        assert_eq!(outcome(&old_key("abc", 'z')), (false, 8));
    }

    #[pg_test]
    fn the_report_says_what_was_left_out_and_what_became_different() {
        flow();
        add(&old_key("aaa", 'a'), "Unknown tools", r#"allowed_tools='["fetch_jobs", "fetch_everything"]'"#);
        add(&old_key("aab", 'a'), "No tools", "allowed_tools=NULL");
        add(&old_key("aac", 'a'), "Wide", "rate_limit=1000000");
        add(&old_key("aad", 'a'), "No limit", "rate_limit=NULL");
        add(&old_key("aae", 'a'), "Slow", "");
        add_hash("mcp_live_aaf", &format!("$2a$31${}", "a".repeat(53)), "Endless", "");
        add_hash("mcp_live_aag", "5f4dcc3b5aa765d61d8327deb882cf99", "Not bcrypt", "");
        add_hash("mcp_prod_aah", &format!("$2a$10${}", "a".repeat(53)), "Prefix", "");
        add_hash("mcp_live_aai", &format!("$2a$10${}", "b".repeat(53)), "Gone", "");
        Spi::run("UPDATE flow.mcp_authentication_keys SET tenant_id = gen_random_uuid() WHERE name = 'Gone'")
            .expect("an update");
        Spi::run("SELECT generate_mcp_key(mes_demo_id('A'), 'Slow')").expect("a key of the same name");
        Spi::run(
            "UPDATE flow.mcp_authentication_keys SET id = '01234567-0000-4000-8000-000000000000' WHERE name = 'Slow'",
        )
        .expect("an update");
        assert_eq!(
            take_over(),
            json!({
                "Unknown tools": "taken over: unknown tools left out: fetch_everything",
                "No tools": "taken over: it may call no tool until allowed_tools is set",
                "Wide": "taken over: rate_limit 1000000 became 10000",
                "No limit": "taken over: rate_limit NULL became 100",
                "Slow (01234567)": "taken over: the tenant has a key of its name already; it is now called Slow (01234567)",
                "Endless": "left out: its hash has a cost of more than 12: each use would take seconds",
                "Not bcrypt": "left out: its hash is not bcrypt's",
                "Prefix": "left out: its prefix is not the first 12 characters of a key",
                "Gone": "left out: its tenant is gone"
            })
        );
        let tools =
            "SELECT jsonb_object_agg(name, allowed_tools) FROM mcp_keys WHERE name IN ('Unknown tools', 'No tools')";
        assert_eq!(sql(tools), json!({"Unknown tools": ["fetch_jobs"], "No tools": []}));
    }

    #[pg_test]
    fn what_is_no_ordinary_table_of_built_in_types_is_not_read() {
        flow();
        let read = "SELECT mcp_take_over_keys('flow')";
        for change in [
            "CREATE DOMAIN flow.name AS text; ALTER TABLE flow.mcp_authentication_keys ALTER name TYPE flow.name",
            "ALTER TABLE flow.mcp_authentication_keys RENAME TO keys; CREATE VIEW flow.mcp_authentication_keys AS SELECT * FROM flow.keys",
        ] {
            Spi::run(change).expect("a change");
            assert_eq!(sqlstate(read), "42809", "{change}");
        }
        Spi::run("DROP VIEW flow.mcp_authentication_keys").expect("no view");
        assert_eq!(sqlstate(read), "42P01");
    }

    #[pg_test]
    fn a_key_that_was_deleted_here_does_not_come_back_and_a_revocation_of_the_application_is_told() {
        flow();
        let keys = ["Deleted here", "Switched off there", "Deleted there"];
        for (letter, name) in ["a", "b", "c"].iter().zip(keys) {
            add(&old_key(&format!("ab{letter}"), 'd'), name, "");
        }
        take_over();
        Spi::run(
            "DELETE FROM mcp_authentication_keys WHERE name = 'Deleted here';
             UPDATE flow.mcp_authentication_keys SET enabled = false WHERE name = 'Switched off there';
             DELETE FROM flow.mcp_authentication_keys WHERE name = 'Deleted there'",
        )
        .expect("changes");
        assert_eq!(
            take_over(),
            json!({
                "Deleted here": "left out: it was deleted here",
                "Switched off there": "unchanged: it is here already, and works: the application has switched off only its own",
                "Deleted there": "unchanged: the application has deleted its own; here it is as it was"
            })
        );
        assert_eq!(outcome(&old_key("aba", 'd')), (false, 0));
    }

    fn sqlstate(statement: &str) -> String {
        let quoted = statement.replace('\'', "''");
        Spi::run(&format!(
            "DO $$ BEGIN EXECUTE '{quoted}'; PERFORM set_config('test.state', '', true);
                EXCEPTION WHEN OTHERS THEN PERFORM set_config('test.state', SQLSTATE, true); END $$"
        ))
        .expect("a block");
        Spi::get_one("SELECT current_setting('test.state')").expect("a setting").expect("a state")
    }
}

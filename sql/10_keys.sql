-- Keys, their counters and the slots of their rate limits.

CREATE TABLE @extschema@.mcp_keys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    key_hash text NOT NULL UNIQUE,
    key_sha256 bytea CHECK (octet_length(key_sha256) = 32),
    key_prefix text UNIQUE CHECK (key_prefix ~ '^mcp_(live|test)_[A-Za-z0-9_-]{11}$'),
    short_prefix text CHECK (short_prefix ~ '^mcp_(live|test)_[A-Za-z0-9_-]{3}$'),
    name text NOT NULL CHECK (name ~ '\S' AND length(name) <= 200),
    description text,
    environment text NOT NULL DEFAULT 'live' CHECK (environment IN ('live', 'test')),
    allowed_tools jsonb NOT NULL DEFAULT '["*"]' CHECK (jsonb_typeof(allowed_tools) = 'array'),
    rate_limit integer NOT NULL DEFAULT 100 CHECK (rate_limit BETWEEN 1 AND 10000),
    enabled boolean NOT NULL DEFAULT true,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by uuid,
    UNIQUE (tenant_id, name),
    CHECK ((key_prefix IS NULL) <> (short_prefix IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX mcp_keys_taken_over ON @extschema@.mcp_keys (short_prefix, id) WHERE short_prefix IS NOT NULL;
COMMENT ON TABLE @extschema@.mcp_keys IS 'Tenants'' keys, created by generate_mcp_key. The key itself is not stored, only its prefix, its bcrypt hash and its SHA-256. The view mcp_authentication_keys shows them with their counters.';
COMMENT ON COLUMN @extschema@.mcp_keys.key_sha256 IS 'SHA-256 of the whole key, compared before bcrypt so that a wrong key costs no bcrypt. NULL in rows of older dumps and other makers: stored when the key is first used. A key has 256 random bits, so the digest does not help to find it. In no view; no member may read it.';
COMMENT ON COLUMN @extschema@.mcp_keys.key_prefix IS 'The first 20 characters of the key. Used to find the row; may be displayed. NULL in the row of a key that was taken over and not used since.';
COMMENT ON COLUMN @extschema@.mcp_keys.short_prefix IS 'The first 12 characters of a key that mcp_take_over_keys took over, until its first use; then NULL.';
COMMENT ON COLUMN @extschema@.mcp_keys.allowed_tools IS 'JSON array of tool names, or ["*"] for all tools. An empty array allows none.';
COMMENT ON COLUMN @extschema@.mcp_keys.rate_limit IS 'Maximum number of calls in any 60 seconds, across all connections; from 1 to 10000.';
COMMENT ON COLUMN @extschema@.mcp_keys.expires_at IS 'When the key expires. NULL: never.';

-- Several rows a key, so that two calls at once count in two of them and neither waits for the other's commit. A call takes a row that
-- nobody has locked, or adds one; there are thus as many as calls of the key ran at the same time. The number of a row says nothing; it is
-- random, because an insert waits for another transaction's row of the same number. No foreign key: its check would lock the key's row.
-- Every call updates a row: half of each page stays free for the new version, so that no index changes.
CREATE TABLE @extschema@.mcp_key_counters (
    key_id uuid NOT NULL,
    stripe uuid NOT NULL DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    uses bigint NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (key_id, stripe)
) WITH (fillfactor = 50);
COMMENT ON TABLE @extschema@.mcp_key_counters IS 'How often each key was used. The sum over a key''s rows is its usage_count, the latest last_used_at its own. stripe: tells the rows apart, and says nothing.';

-- A view requires its caller's rights on all columns that it takes from its table, used or not, but nothing for a subselect that is not used.
-- A subselect is also what cannot be written through the view: nobody sets a hash or a counter here.
CREATE VIEW @extschema@.mcp_authentication_keys WITH (security_invoker = true) AS
SELECT k.id, k.tenant_id, (SELECT h.key_hash FROM @extschema@.mcp_keys h WHERE h.id = k.id) AS key_hash, coalesce(k.key_prefix, k.short_prefix) AS key_prefix, k.name, k.description, k.environment, k.allowed_tools, k.rate_limit, k.enabled, k.expires_at,
       (SELECT pg_catalog.max(c.last_used_at) FROM @extschema@.mcp_key_counters c WHERE c.key_id = k.id) AS last_used_at,
       (SELECT coalesce(pg_catalog.sum(c.uses), 0)::bigint FROM @extschema@.mcp_key_counters c WHERE c.key_id = k.id) AS usage_count,
       k.created_at, k.updated_at, k.created_by
  FROM @extschema@.mcp_keys k;
COMMENT ON VIEW @extschema@.mcp_authentication_keys IS 'Tenants'' keys with their counters. Members see their own tenant''s, without key_hash; its admins change and delete them here: UPDATE mcp_authentication_keys SET rate_limit = 500 WHERE name = ''Production''. Superusers see the keys of all tenants, and so also need the tenant_id in such a condition. Keys are added by generate_mcp_key only, and nobody can set the counters.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.key_prefix IS 'The first 20 characters of the key, or 12 of one that was taken over and not used since; may be displayed.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.allowed_tools IS 'JSON array of tool names, or ["*"] for all tools. An empty array allows none.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.rate_limit IS 'Maximum number of calls in any 60 seconds, across all connections; from 1 to 10000.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.expires_at IS 'When the key expires. NULL: never.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.last_used_at IS 'The time of the last use that usage_count counts; NULL before the first.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.usage_count IS 'Admitted calls, failed ones included, and successful validations by validate_mcp_key.';

-- A row for each call of a key in 60 seconds, added by the calls. No foreign key, as above. The index finds the one that was free longest;
-- that a use changes it is its price.
CREATE TABLE @extschema@.mcp_rate_slots (
    key_id uuid NOT NULL,
    slot integer NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (key_id, slot)
) WITH (fillfactor = 50);
CREATE INDEX mcp_rate_slots_used ON @extschema@.mcp_rate_slots (key_id, used_at);
COMMENT ON TABLE @extschema@.mcp_rate_slots IS 'The rate limits without shared memory (see shared_preload_libraries): at most rate_limit rows a key, each the time of a call. Not dumped: a restored key starts with free slots.';

CREATE FUNCTION @extschema@.mcp_touch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_touch() IS 'Trigger: sets updated_at.';

CREATE TRIGGER mcp_touch BEFORE UPDATE OF name, description, allowed_tools, rate_limit, enabled, expires_at, key_hash
    ON @extschema@.mcp_keys FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_touch();

SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_keys', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_key_counters', '');

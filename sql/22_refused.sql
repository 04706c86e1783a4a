-- Refused calls are counted, not listed: whoever holds a key, even a disabled one, can be refused thousands of times a second.

CREATE TABLE @extschema@.mcp_refused_calls (
    tenant_id uuid,
    key_id uuid,
    reason text NOT NULL CHECK (reason IN ('invalid_key', 'disabled_key', 'not_attached', 'unknown_tool', 'tool_not_allowed', 'rate_limit',
                                           'cancelled', 'timeout')),
    minute timestamptz NOT NULL,
    part integer NOT NULL DEFAULT 0 CHECK (part BETWEEN 0 AND 3),
    count bigint NOT NULL CHECK (count > 0),
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    tool_names text[] NOT NULL DEFAULT '{}',
    client_names text[] NOT NULL DEFAULT '{}',
    key_prefixes text[] NOT NULL DEFAULT '{}',
    ip_address inet,
    UNIQUE NULLS NOT DISTINCT (tenant_id, key_id, reason, minute, part)
) WITH (fillfactor = 50);
-- Without a primary key, a host's publication FOR ALL TABLES would make every update and delete fail.
ALTER TABLE @extschema@.mcp_refused_calls REPLICA IDENTITY FULL;
-- No index on a column that counting changes: an update then stays on its page, and its old versions are removed there.
CREATE INDEX mcp_refused_calls_minute ON @extschema@.mcp_refused_calls (minute);
COMMENT ON TABLE @extschema@.mcp_refused_calls IS 'Refused calls: one row for each key, reason and minute, without arguments. Rows older than 90 days are deleted when new ones are added. Admins see their own tenant''s.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.tenant_id IS 'The key''s tenant; NULL if no key has the given prefix.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.key_id IS 'The key, which may have been deleted since; NULL if no key has the given prefix.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.reason IS 'invalid_key: no such key, or a wrong secret for an existing prefix. disabled_key: the right key, but disabled, expired, of an inactive tenant or of a disabled server. not_attached: no MES schema is attached. unknown_tool, tool_not_allowed, rate_limit: as answered. cancelled, timeout: interrupted before the call was admitted.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.minute IS 'The minute of first_at. Usually also that of last_at; counts that could not be written at once are written later, and then span more than a minute.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.part IS '0; more only if another transaction kept the row of part 0 locked. The counts of the parts add up.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.tool_names IS 'Up to five tools that the calls named, shortened and without keys.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.client_names IS 'Up to five clients that made the calls, shortened and without keys.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.key_prefixes IS 'Up to five prefixes, if key_id is NULL: what had the form of a key.';
COMMENT ON COLUMN @extschema@.mcp_refused_calls.ip_address IS 'The address of the last call.';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_refused_calls', '');

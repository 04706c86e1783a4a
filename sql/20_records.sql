-- Records of calls, of the shim and of administrators; and the settings.

CREATE TABLE @extschema@.mcp_settings (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    mes_schema text
);
COMMENT ON TABLE @extschema@.mcp_settings IS 'The extension''s settings in this database, a single row. mes_schema: the attached MES schema, or NULL if none is attached. Written by mcp_attach_mes.';
INSERT INTO @extschema@.mcp_settings DEFAULT VALUES;

-- CREATE EXTENSION inserts the row when a dump is restored, too; the row from the dump must replace it.
CREATE FUNCTION @extschema@.mcp_keep_one_settings_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE @extschema@.mcp_settings SET mes_schema = NEW.mes_schema;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_keep_one_settings_row() IS 'Trigger on mcp_settings: an inserted row replaces the existing one.';
CREATE TRIGGER mcp_keep_one_settings_row BEFORE INSERT ON @extschema@.mcp_settings
    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_keep_one_settings_row();

-- No foreign key to the keys: its check would lock the key's row in every call. A trigger clears key_id when a key is deleted.
CREATE TABLE @extschema@.mcp_key_usage_logs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    key_id uuid,
    tool_name text NOT NULL,
    tool_arguments jsonb,
    success boolean NOT NULL,
    error_message text,
    response_time_ms integer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ip_address inet,
    user_agent text
);
CREATE INDEX mcp_key_usage_logs_tenant ON @extschema@.mcp_key_usage_logs (tenant_id, created_at DESC);
CREATE INDEX mcp_key_usage_logs_key ON @extschema@.mcp_key_usage_logs (key_id, created_at DESC);
COMMENT ON TABLE @extschema@.mcp_key_usage_logs IS 'One row for each admitted call, and for each refused call with a valid key. Secrets in arguments are redacted.';
COMMENT ON COLUMN @extschema@.mcp_key_usage_logs.response_time_ms IS 'Milliseconds from admission until the tool finished; NULL for a refused call.';
COMMENT ON COLUMN @extschema@.mcp_key_usage_logs.key_id IS 'The key; NULL if it has been deleted.';

CREATE FUNCTION @extschema@.mcp_forget_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE @extschema@.mcp_key_usage_logs SET key_id = NULL WHERE key_id = OLD.id;
    DELETE FROM @extschema@.mcp_key_counters WHERE key_id = OLD.id;
    DELETE FROM @extschema@.mcp_rate_slots WHERE key_id = OLD.id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_forget_key() IS 'Trigger on mcp_keys: deletes a deleted key''s counters and slots, keeps its usage rows and sets their key_id to NULL.';
CREATE TRIGGER mcp_forget_key AFTER DELETE ON @extschema@.mcp_keys
    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_forget_key();

CREATE TABLE @extschema@.mcp_server_config (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL UNIQUE,
    server_name text NOT NULL DEFAULT 'eryxon-flow-mcp',
    server_version text NOT NULL DEFAULT '2.1.0',
    enabled boolean NOT NULL DEFAULT true,
    supabase_url text NOT NULL,
    last_connected_at timestamptz,
    features jsonb DEFAULT '{"logging": true, "healthCheck": true, "autoReconnect": true, "events": false}'
        CHECK (jsonb_typeof(features) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE @extschema@.mcp_server_config IS 'A tenant''s MCP server configuration. enabled = false rejects all of its keys; features.events = true sends NOTIFY mcp_events for each call.';
CREATE TRIGGER mcp_touch BEFORE UPDATE OF server_name, server_version, enabled, supabase_url, features
    ON @extschema@.mcp_server_config FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_touch();

CREATE TABLE @extschema@.mcp_server_health (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('online', 'offline', 'degraded')),
    last_check timestamptz NOT NULL DEFAULT clock_timestamp(),
    response_time_ms integer CHECK (response_time_ms >= 0),
    error_message text,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX mcp_server_health_tenant ON @extschema@.mcp_server_health (tenant_id, last_check DESC);
COMMENT ON TABLE @extschema@.mcp_server_health IS 'Heartbeats of a tenant''s shims.';

CREATE TABLE @extschema@.mcp_server_logs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid,
    event_type text NOT NULL,
    message text NOT NULL,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX mcp_server_logs_tenant ON @extschema@.mcp_server_logs (tenant_id, created_at DESC);
CREATE INDEX mcp_server_logs_auth_failed ON @extschema@.mcp_server_logs (created_at DESC) WHERE event_type = 'auth_failed';
COMMENT ON TABLE @extschema@.mcp_server_logs IS 'Events of the MCP server. auth_failed: calls with an invalid key, counted per minute.';
COMMENT ON COLUMN @extschema@.mcp_server_logs.tenant_id IS 'NULL if no tenant is known: an invalid key whose prefix matches no key.';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_settings', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_key_usage_logs', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_config', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_health', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_logs', '');

-- Records: what calls, the shim and administrators leave behind; and the settings.

CREATE TABLE @extschema@.mcp_settings (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    mes_schema text
);
COMMENT ON TABLE @extschema@.mcp_settings IS 'Settings of the extension in this database, one row. mes_schema: the attached MES schema; NULL: none. Written by mcp_attach_mes.';
INSERT INTO @extschema@.mcp_settings DEFAULT VALUES;

-- The row comes from CREATE EXTENSION also when a dump is restored, and the dump's row must win.
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
COMMENT ON FUNCTION @extschema@.mcp_keep_one_settings_row() IS 'Trigger of mcp_settings: an inserted row replaces the one that is there.';
CREATE TRIGGER mcp_keep_one_settings_row BEFORE INSERT ON @extschema@.mcp_settings
    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_keep_one_settings_row();

-- No foreign key to the keys: its check would lock the key's row in every call. A deleted key is taken out of its rows by a trigger.
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
COMMENT ON TABLE @extschema@.mcp_key_usage_logs IS 'One row for each admitted call, and for each refused call of a good key. Arguments are redacted.';
COMMENT ON COLUMN @extschema@.mcp_key_usage_logs.response_time_ms IS 'Milliseconds from admission to the tool''s end; NULL for a refused call.';
COMMENT ON COLUMN @extschema@.mcp_key_usage_logs.key_id IS 'The key; NULL when it was deleted.';

CREATE FUNCTION @extschema@.mcp_forget_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE @extschema@.mcp_key_usage_logs SET key_id = NULL WHERE key_id = OLD.id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_forget_key() IS 'Trigger of mcp_authentication_keys: a deleted key''s usage rows stay, without the key.';
CREATE TRIGGER mcp_forget_key AFTER DELETE ON @extschema@.mcp_authentication_keys
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
COMMENT ON TABLE @extschema@.mcp_server_config IS 'A tenant''s MCP server: enabled = false refuses all of its keys; features.events = true sends NOTIFY mcp_events for each call.';
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
COMMENT ON TABLE @extschema@.mcp_server_logs IS 'Events of the MCP server. auth_failed: calls with a wrong key, counted by the minute.';
COMMENT ON COLUMN @extschema@.mcp_server_logs.tenant_id IS 'NULL where no tenant is known: a wrong key that resembles nobody''s.';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_settings', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_key_usage_logs', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_config', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_health', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_logs', '');

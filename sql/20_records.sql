-- Records of calls, of the shim and of administrators; and the settings.

CREATE TABLE @extschema@.mcp_settings (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    mes_schema text,
    missing text[],
    unavailable jsonb,
    application_switch boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE @extschema@.mcp_settings IS 'The extension''s settings in this database, a single row. mes_schema: the attached MES schema, or NULL if none is attached. missing: what it lacked when it was attached. unavailable: the tools that cannot work with it, each with the reason; NULL if all work. application_switch: the attached schema has a table mcp_server_config of the applications, in which it switches a tenants server off; calls are refused when it cannot be read any more. Written by mcp_attach_mes and mcp_detach_mes.';
INSERT INTO @extschema@.mcp_settings DEFAULT VALUES;

-- CREATE EXTENSION inserts the row when a dump is restored, too; the row from the dump must replace it.
CREATE FUNCTION @extschema@.mcp_keep_one_settings_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE @extschema@.mcp_settings SET mes_schema = NEW.mes_schema, missing = NEW.missing, unavailable = NEW.unavailable,
           application_switch = NEW.application_switch;
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
COMMENT ON TABLE @extschema@.mcp_key_usage_logs IS 'One row for each admitted call; refused ones are counted in mcp_refused_calls. Secrets in arguments are redacted.';
COMMENT ON COLUMN @extschema@.mcp_key_usage_logs.response_time_ms IS 'Milliseconds from admission until the tool finished; NULL if another server did not say.';
COMMENT ON COLUMN @extschema@.mcp_key_usage_logs.key_id IS 'The key; NULL if it has been deleted.';

CREATE FUNCTION @extschema@.mcp_forget_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE @extschema@.mcp_key_usage_logs SET key_id = NULL WHERE key_id = OLD.id;
    DELETE FROM @extschema@.mcp_key_counters WHERE key_id = OLD.id;
    DELETE FROM @extschema@.mcp_rate_slots WHERE key_id = OLD.id;
    DELETE FROM @extschema@.mcp_server_health WHERE tenant_id = OLD.tenant_id AND key_id = OLD.id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_forget_key() IS 'Trigger on mcp_keys: deletes a deleted key''s counters, slots and heartbeats, keeps its usage rows and sets their key_id to NULL.';
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
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    key_id uuid,
    slot integer CHECK (slot BETWEEN 0 AND 59 OR slot BETWEEN 100 AND 267),
    beats bigint NOT NULL DEFAULT 1 CHECK (beats > 0)
) WITH (fillfactor = 50);
-- The places of the ring. No index on a column that a beat changes: an update then stays on its page, and its old versions are removed there.
CREATE UNIQUE INDEX mcp_server_health_slot ON @extschema@.mcp_server_health (tenant_id, (coalesce(key_id, tenant_id)), slot);
COMMENT ON TABLE @extschema@.mcp_server_health IS 'Heartbeats of a tenant''s shims, and reports of its admins. For each key, and for the reports, at most 228 rows, which are used again: one for each 5 seconds of the last 5 minutes with a beat, and one for each hour before, for 7 days.';
COMMENT ON COLUMN @extschema@.mcp_server_health.status IS 'Of a row of 5 seconds: of its last beat; of an hour: the worst of its beats (offline before degraded before online).';
COMMENT ON COLUMN @extschema@.mcp_server_health.last_check IS 'The time of the row''s last beat.';
COMMENT ON COLUMN @extschema@.mcp_server_health.metadata IS 'Of the last beat. Of more than 4 kB, only the size is kept: {"_truncated": true, "_bytes": n}.';
COMMENT ON COLUMN @extschema@.mcp_server_health.created_at IS 'The time of the row''s first beat.';
COMMENT ON COLUMN @extschema@.mcp_server_health.key_id IS 'The key that the shim used; NULL for a report of an admin.';
COMMENT ON COLUMN @extschema@.mcp_server_health.slot IS 'The row''s place: 0 to 59 for 5 seconds, 100 to 267 for an hour. NULL: written by a DBA, never used again.';
COMMENT ON COLUMN @extschema@.mcp_server_health.beats IS 'How many beats the row stands for. In 5 seconds, ten are written; more are answered, but not written.';

CREATE TABLE @extschema@.mcp_server_logs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid,
    event_type text NOT NULL,
    message text NOT NULL,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX mcp_server_logs_tenant ON @extschema@.mcp_server_logs (tenant_id, created_at DESC);
COMMENT ON TABLE @extschema@.mcp_server_logs IS 'Events of the MCP server, written by log_mcp_server_activity, and by mcp_forget_tenant for a tenant that it could not forget. Refused calls are counted in mcp_refused_calls.';
COMMENT ON COLUMN @extschema@.mcp_server_logs.tenant_id IS 'NULL: an event of the whole database, which only superusers and members of eryxon_mcp_owner see.';

SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_settings', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_key_usage_logs', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_config', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_health', '');
SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_server_logs', '');

-- The install script of this version, as cargo-pgrx makes it from the Rust declarations and the files in sql/. Not edited by hand:
-- `make install-script` writes it, and `make test` fails when it is stale.

-- bootstrap
-- The roles belong to the cluster, not to the extension: they stay when it is dropped, and a dump of one database does not hold them.

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['eryxon_mcp_owner', 'eryxon_mcp_gateway', 'eryxon_mcp_tenant'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', v_role);
                EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', v_role, 'eryxon_mcp: ' || CASE v_role
                    WHEN 'eryxon_mcp_owner' THEN 'owns the extension''s tables and SECURITY DEFINER functions; a member may act for every tenant'
                    WHEN 'eryxon_mcp_gateway' THEN 'what the login of the stdio shim is a member of; may execute four functions and read no table'
                    ELSE 'what tools run as, held back by row level security; never granted to anybody' END);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                -- Made at the same moment by CREATE EXTENSION in another database.
                NULL;
            END;
        ELSIF EXISTS (SELECT FROM pg_catalog.pg_roles
                       WHERE rolname = v_role AND (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication)) THEN
            RAISE EXCEPTION 'role % exists and has rights that it must not have', v_role
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = pg_catalog.format('ALTER ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', v_role);
        END IF;
    END LOOP;
    -- What tools run as must own nothing and be nobody else: a membership would lend it rights.
    IF EXISTS (SELECT FROM pg_catalog.pg_auth_members
                WHERE member IN ('eryxon_mcp_tenant'::pg_catalog.regrole, 'eryxon_mcp_gateway'::pg_catalog.regrole)) THEN
        RAISE EXCEPTION 'eryxon_mcp_tenant and eryxon_mcp_gateway must not be members of other roles'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'REVOKE the memberships';
    END IF;
END
$$;

CREATE  FUNCTION "check_mcp_tool_permission"(
	"p_key_id" uuid, /* Option < pgrx :: Uuid > */
	"p_tool_name" TEXT /* Option < & str > */
) RETURNS bool /* bool */
STABLE SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'check_mcp_tool_permission_wrapper';

CREATE  FUNCTION "current_mcp_tenant"() RETURNS uuid /* Option < pgrx :: Uuid > */
STRICT STABLE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'current_mcp_tenant_wrapper';

CREATE  FUNCTION "generate_mcp_key"(
	"p_tenant_id" uuid, /* Option < pgrx :: Uuid > */
	"p_name" TEXT, /* Option < & str > */
	"p_description" TEXT DEFAULT NULL, /* Option < & str > */
	"p_environment" TEXT DEFAULT 'live', /* Option < & str > */
	"p_allowed_tools" jsonb DEFAULT '["*"]', /* Option < JsonB > */
	"p_created_by" uuid DEFAULT NULL /* Option < pgrx :: Uuid > */
) RETURNS TABLE (
	"key_id" uuid,  /* pgrx :: Uuid */
	"api_key" TEXT,  /* String */
	"key_prefix" TEXT  /* String */
)
SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'generate_mcp_key_wrapper';

CREATE  FUNCTION "log_mcp_key_usage"(
	"p_tenant_id" uuid, /* Option < pgrx :: Uuid > */
	"p_key_id" uuid, /* Option < pgrx :: Uuid > */
	"p_tool_name" TEXT, /* Option < & str > */
	"p_tool_arguments" jsonb DEFAULT NULL, /* Option < JsonB > */
	"p_success" bool DEFAULT true, /* Option < bool > */
	"p_error_message" TEXT DEFAULT NULL, /* Option < & str > */
	"p_response_time_ms" INT DEFAULT NULL, /* Option < i32 > */
	"p_ip_address" inet DEFAULT NULL, /* Option < pgrx :: Inet > */
	"p_user_agent" TEXT DEFAULT NULL /* Option < & str > */
) RETURNS uuid /* Result < pgrx :: Uuid, ErrorReport > */
SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'log_mcp_key_usage_wrapper';

CREATE  FUNCTION "mcp_as_tenant"(
	"p_tenant_id" uuid /* Option < pgrx :: Uuid > */
) RETURNS uuid /* Result < pgrx :: Uuid, ErrorReport > */
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_as_tenant_wrapper';

CREATE  FUNCTION "mcp_call_tool"(
	"p_api_key" TEXT, /* Option < & str > */
	"p_tool_name" TEXT, /* Option < & str > */
	"p_arguments" jsonb DEFAULT '{}', /* Option < JsonbText > */
	"p_client" jsonb DEFAULT NULL /* Option < JsonbText > */
) RETURNS jsonb /* JsonbText */
SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_call_tool_wrapper';

CREATE  FUNCTION "mcp_caller_is_operator"() RETURNS bool /* bool */
STRICT STABLE PARALLEL RESTRICTED
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_caller_is_operator_wrapper';

CREATE  FUNCTION "mcp_check_allowed_tools"(
	"p_allowed_tools" jsonb /* Option < JsonB > */
) RETURNS bool /* Result < bool, ErrorReport > */
STABLE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_check_allowed_tools_wrapper';

CREATE  FUNCTION "mcp_heartbeat"(
	"p_api_key" TEXT, /* Option < & str > */
	"p_status" TEXT, /* Option < & str > */
	"p_response_time_ms" INT DEFAULT NULL, /* Option < i32 > */
	"p_metadata" jsonb DEFAULT NULL /* Option < JsonB > */
) RETURNS uuid /* Option < pgrx :: Uuid > */
SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_heartbeat_wrapper';

CREATE  FUNCTION "mcp_list_tools"(
	"p_api_key" TEXT /* Option < & str > */
) RETURNS jsonb /* JsonbText */
SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_list_tools_wrapper';

CREATE  FUNCTION "mcp_run_tool"(
	"p_tool_name" TEXT, /* Option < & str > */
	"p_arguments" jsonb /* Option < JsonbText > */
) RETURNS jsonb /* Result < JsonbText, ErrorReport > */
SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_run_tool_wrapper';

CREATE  FUNCTION "mcp_state_tables"() RETURNS TABLE (
	"kind" TEXT,  /* & '_ str */
	"from_status" TEXT,  /* & '_ str */
	"to_status" TEXT,  /* & '_ str */
	"by" TEXT,  /* String */
	"needs" TEXT  /* String */
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_state_tables_wrapper';

CREATE  FUNCTION "mcp_tool_catalog"() RETURNS TABLE (
	"name" TEXT,  /* & '_ str */
	"domain" TEXT,  /* & '_ str */
	"title" TEXT,  /* & '_ str */
	"description" TEXT,  /* & '_ str */
	"read_only" bool,  /* bool */
	"definition" jsonb,  /* JsonB */
	"examples" jsonb,  /* JsonB */
	"errors" jsonb,  /* JsonB */
	"aliases" jsonb  /* JsonB */
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_tool_catalog_wrapper';

CREATE  FUNCTION "mcp_tool_error_codes"() RETURNS TABLE (
	"code" TEXT,  /* & '_ str */
	"meaning" TEXT  /* & '_ str */
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mcp_tool_error_codes_wrapper';

CREATE  FUNCTION "mes_create_schema"(
	"p_schema" TEXT DEFAULT 'public' /* Option < & str > */
) RETURNS VOID /* Result < (), ErrorReport > */
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mes_create_schema_wrapper';

CREATE  FUNCTION "mes_demo_id"(
	"p_name" TEXT /* Option < & str > */
) RETURNS uuid /* Option < pgrx :: Uuid > */
IMMUTABLE PARALLEL SAFE
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mes_demo_id_wrapper';

CREATE  FUNCTION "mes_seed_demo"() RETURNS VOID /* Result < (), ErrorReport > */
STRICT
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mes_seed_demo_wrapper';

CREATE  FUNCTION "mes_seed_load"(
	"p_scale" TEXT /* Option < & str > */
) RETURNS VOID /* Result < (), ErrorReport > */
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'mes_seed_load_wrapper';

CREATE  FUNCTION "rotate_mcp_key"(
	"p_key_id" uuid /* Option < pgrx :: Uuid > */
) RETURNS TABLE (
	"key_id" uuid,  /* pgrx :: Uuid */
	"api_key" TEXT,  /* String */
	"key_prefix" TEXT  /* String */
)
SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'rotate_mcp_key_wrapper';

CREATE  FUNCTION "validate_mcp_key"(
	"p_api_key" TEXT /* Option < & str > */
) RETURNS TABLE (
	"tenant_id" uuid,  /* pgrx :: Uuid */
	"key_id" uuid,  /* pgrx :: Uuid */
	"allowed_tools" jsonb,  /* JsonB */
	"rate_limit" INT,  /* i32 */
	"environment" TEXT  /* & '_ str */
)
SECURITY DEFINER
LANGUAGE c /* Rust */
AS 'MODULE_PATHNAME', 'validate_mcp_key_wrapper';

-- requires:
--   roles

-- Keys, and the slots of their rate limits.

CREATE TABLE @extschema@.mcp_authentication_keys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id uuid NOT NULL,
    key_hash text NOT NULL UNIQUE,
    key_prefix text NOT NULL UNIQUE CHECK (key_prefix ~ '^mcp_(live|test)_[A-Za-z0-9_-]{11}$'),
    name text NOT NULL CHECK (name ~ '\S' AND length(name) <= 200),
    description text,
    environment text NOT NULL DEFAULT 'live' CHECK (environment IN ('live', 'test')),
    allowed_tools jsonb NOT NULL DEFAULT '["*"]' CHECK (jsonb_typeof(allowed_tools) = 'array'),
    rate_limit integer NOT NULL DEFAULT 100 CHECK (rate_limit BETWEEN 1 AND 10000),
    enabled boolean NOT NULL DEFAULT true,
    expires_at timestamptz,
    last_used_at timestamptz,
    usage_count bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by uuid,
    UNIQUE (tenant_id, name)
) WITH (fillfactor = 80);
COMMENT ON TABLE @extschema@.mcp_authentication_keys IS 'Tenants'' keys. Made by generate_mcp_key; the key itself is nowhere, only its prefix and its bcrypt hash.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.key_prefix IS 'The first 20 characters of the key: finds the row and may be shown.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.allowed_tools IS 'JSON array of tool names, or ["*"] for all. An empty array allows nothing.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.rate_limit IS 'Calls in any 60 seconds, over all connections.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.expires_at IS 'From then on the key is refused. NULL: never.';
COMMENT ON COLUMN @extschema@.mcp_authentication_keys.usage_count IS 'Admitted calls, failed ones included.';

CREATE TABLE @extschema@.mcp_rate_slots (
    key_id uuid NOT NULL REFERENCES @extschema@.mcp_authentication_keys (id) ON DELETE CASCADE,
    slot integer NOT NULL,
    used_at timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (key_id, slot)
) WITH (fillfactor = 50);
COMMENT ON TABLE @extschema@.mcp_rate_slots IS 'One row for each call that a key may make in 60 seconds. Made by a trigger; not dumped, a restored key begins with free slots.';

CREATE FUNCTION @extschema@.mcp_make_rate_slots() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Slots above a lowered limit stay and are not taken: a call that holds one must not be waited for.
    INSERT INTO @extschema@.mcp_rate_slots (key_id, slot)
    SELECT NEW.id, s FROM generate_series(1, NEW.rate_limit) AS s
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_make_rate_slots() IS 'Trigger of mcp_authentication_keys: as many rows in mcp_rate_slots as the key''s rate_limit.';

CREATE TRIGGER mcp_make_rate_slots AFTER INSERT OR UPDATE OF rate_limit ON @extschema@.mcp_authentication_keys
    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_make_rate_slots();

CREATE FUNCTION @extschema@.mcp_touch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_touch() IS 'Trigger: sets updated_at.';

-- Not for the counters that every call writes: they are no change of the key.
CREATE TRIGGER mcp_touch BEFORE UPDATE OF name, description, allowed_tools, rate_limit, enabled, expires_at, key_hash
    ON @extschema@.mcp_authentication_keys FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_touch();

SELECT pg_catalog.pg_extension_config_dump('@extschema@.mcp_authentication_keys', '');

-- requires:
--   key_tables

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

-- requires:
--   record_tables
--   identity::current_mcp_tenant
--   identity::mcp_caller_is_operator

-- Who asks: the tenant and the role of the person or the call.

CREATE TYPE @extschema@.mcp_tenant_info AS (id uuid, name text, company_name text, plan text, status text);
COMMENT ON TYPE @extschema@.mcp_tenant_info IS 'What get_tenant_info() returns.';

-- Not SQL-callable rights in themselves: both read `sub` of request.jwt.claims, PostgREST's convention. Whoever may send SQL as a role
-- with grants on this extension can set that, so such roles must be reached through PostgREST or an application only.
CREATE FUNCTION @extschema@.mcp_current_profile()
RETURNS TABLE (tenant_id uuid, is_admin boolean)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_schema text := (SELECT mes_schema FROM @extschema@.mcp_settings);
    v_claims text := nullif(current_setting('request.jwt.claims', true), '');
    v_user uuid;
BEGIN
    IF v_schema IS NULL OR v_claims IS NULL THEN
        RETURN;
    END IF;
    BEGIN
        v_user := (v_claims::jsonb ->> 'sub')::uuid;
    EXCEPTION WHEN data_exception THEN
        RETURN;
    END;
    RETURN QUERY EXECUTE format(
        'SELECT CASE WHEN p.is_root_admin THEN coalesce(p.active_tenant_id, p.tenant_id) ELSE p.tenant_id END,
                p.role = ''admin'' OR coalesce(p.is_root_admin, false)
           FROM %I.profiles p WHERE p.id = $1 AND coalesce(p.active, true)', v_schema) USING v_user;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_current_profile() IS 'Tenant and admin right of the active profile whose id is sub in the setting request.jwt.claims; for a root admin the tenant looked at. No row when there is none. Used by policies; members may call it.';

CREATE FUNCTION @extschema@.get_tenant_info()
RETURNS @extschema@.mcp_tenant_info
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant uuid := coalesce(@extschema@.current_mcp_tenant(), (SELECT tenant_id FROM @extschema@.mcp_current_profile()));
    v_schema text := (SELECT mes_schema FROM @extschema@.mcp_settings);
    v_info @extschema@.mcp_tenant_info;
BEGIN
    IF v_tenant IS NULL OR v_schema IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('SELECT id, name, company_name, plan::text, status::text FROM %I.tenants WHERE id = $1', v_schema)
       INTO v_info USING v_tenant;
    RETURN v_info;
END
$$;
COMMENT ON FUNCTION @extschema@.get_tenant_info() IS 'The tenant as one composite value (id, name, company_name, plan, status): inside a call the key''s tenant, else the tenant of the profile whose id is sub in request.jwt.claims, else NULL. Members and tools may call it. Example: UPDATE mcp_authentication_keys SET rate_limit = 500 WHERE tenant_id = (get_tenant_info()).id AND name = ''Production'';';

CREATE FUNCTION @extschema@.mcp_is_tenant_admin(p_tenant_id uuid)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT coalesce((SELECT p.is_admin AND p.tenant_id = p_tenant_id FROM @extschema@.mcp_current_profile() p), false)
$$;
COMMENT ON FUNCTION @extschema@.mcp_is_tenant_admin(uuid) IS 'Whether the person of request.jwt.claims is an admin of this tenant; false for NULL and without claims. Members may call it.';

-- requires:
--   identity

-- Attaching: what the tools need of the manufacturing tables, and the rights and policies that the sandbox gets on them.

CREATE FUNCTION @extschema@.mcp_mes_tables()
RETURNS TABLE (table_name text, tenant_path text, tool_rights text, columns text, unique_key text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
VALUES
    -- {columns} stands for the listed columns: a live database keeps PIN hashes or billing data in the others. UPDATE on
    -- updated_at alone is the right to lock the row (WIP limit of a cell, load of a resource) and no more.
    ('tenants', 'id', 'SELECT {columns}, UPDATE (current_jobs)',
     'id uuid, name text, company_name text, plan subscription_plan, status subscription_status, max_jobs int4, current_jobs int4, timezone text, factory_opening_time time, factory_closing_time time, working_days_mask int4',
     'id'),
    ('profiles', 'tenant_id', 'SELECT {columns}',
     'id uuid, tenant_id uuid, username text, full_name text, role app_role, active bool, is_machine bool, is_root_admin bool, active_tenant_id uuid',
     NULL),
    ('user_roles', 'user_id > profiles', 'SELECT', 'user_id uuid, role app_role', NULL),
    ('operators', 'tenant_id', 'SELECT {columns}',
     'id uuid, tenant_id uuid, employee_id text, full_name text, active bool', NULL),
    ('cells', 'tenant_id', 'SELECT, UPDATE (updated_at)',
     'id uuid, tenant_id uuid, name text, color text, sequence int4, active bool, wip_limit int4, wip_warning_threshold int4, enforce_wip_limit bool, show_capacity_warning bool, capacity_hours_per_day numeric, updated_at timestamptz, deleted_at timestamptz',
     NULL),
    ('materials', 'tenant_id', 'SELECT', 'id uuid, tenant_id uuid, name text, active bool', NULL),
    ('resources', 'tenant_id', 'SELECT, UPDATE (updated_at)',
     'id uuid, tenant_id uuid, name text, type text, description text, identifier text, location text, status text, metadata jsonb, active bool, updated_at timestamptz, deleted_at timestamptz',
     NULL),
    ('resource_cell_memberships', 'tenant_id', 'SELECT',
     'tenant_id uuid, resource_id uuid, cell_id uuid, is_primary bool, revoked_at timestamptz', NULL),
    ('scrap_reasons', 'tenant_id', 'SELECT',
     'id uuid, tenant_id uuid, code text, description text, category text, active bool', 'tenant_id, code'),
    ('issue_categories', 'tenant_id', 'SELECT',
     'tenant_id uuid, code varchar, description text, severity_default varchar, active bool', NULL),
    ('factory_calendar', 'tenant_id', 'SELECT',
     'tenant_id uuid, date date, day_type text, name text, opening_time time, closing_time time, capacity_multiplier numeric', NULL),
    ('jobs', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, job_number text, customer text, due_date timestamptz, due_date_override timestamptz, status job_status, current_cell_id uuid, notes text, metadata jsonb, created_at timestamptz, updated_at timestamptz, started_at timestamptz, completed_at timestamptz, deleted_at timestamptz, search_vector tsvector of job_number + customer + notes',
     'tenant_id, job_number'),
    ('parts', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, job_id uuid, parent_part_id uuid, part_number text, material text, quantity int4, status job_status, current_cell_id uuid, notes text, metadata jsonb, created_at timestamptz, updated_at timestamptz, drawing_no text, cnc_program_name text, is_bullet_card bool, deleted_at timestamptz, search_vector tsvector of part_number + material + drawing_no + notes',
     'tenant_id, part_number'),
    ('operations', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, part_id uuid, cell_id uuid, assigned_operator_id uuid, operation_name text, sequence int4, estimated_time int4, actual_time int4, status task_status, completion_percentage int4, notes text, created_at timestamptz, updated_at timestamptz, completed_at timestamptz, setup_time numeric, run_time_per_unit numeric, planned_start timestamptz, planned_end timestamptz, deleted_at timestamptz, status_before_hold task_status, search_vector tsvector of operation_name + notes',
     NULL),
    ('substeps', 'tenant_id', 'SELECT, INSERT, UPDATE, DELETE',
     'id uuid, tenant_id uuid, operation_id uuid, name text, sequence int4, status text, notes text, completed_at timestamptz, completed_by uuid, created_at timestamptz, updated_at timestamptz',
     NULL),
    ('operation_resources', 'operation_id > operations, resource_id > resources', 'SELECT, INSERT, UPDATE, DELETE',
     'id uuid, operation_id uuid, resource_id uuid, quantity numeric, notes text', NULL),
    ('time_entries', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, operator_id uuid, operation_id uuid, start_time timestamptz, end_time timestamptz, duration int4, notes text, is_paused bool, time_type text',
     NULL),
    ('time_entry_pauses', 'time_entry_id > time_entries', 'SELECT, UPDATE',
     'id uuid, time_entry_id uuid, paused_at timestamptz, resumed_at timestamptz, duration int4', NULL),
    ('operation_day_allocations', 'tenant_id', 'SELECT, UPDATE, DELETE',
     'operation_id uuid, tenant_id uuid, cell_id uuid, date date, hours_allocated numeric', NULL),
    ('assignments', 'tenant_id', 'SELECT',
     'id uuid, tenant_id uuid, operator_id uuid, part_id uuid, job_id uuid, assigned_by uuid, status assignment_status, shop_floor_operator_id uuid',
     NULL),
    ('operation_quantities', 'tenant_id', 'SELECT, INSERT',
     'id uuid, tenant_id uuid, operation_id uuid, recorded_by uuid, quantity_produced int4, quantity_good int4, quantity_scrap int4, quantity_rework int4, scrap_reason_id uuid, material_lot text, material_supplier text, material_cert_number text, recorded_at timestamptz, notes text, metadata jsonb',
     NULL),
    ('operation_quantity_scrap_reasons', 'operation_quantity_id > operation_quantities, scrap_reason_id > scrap_reasons',
     'SELECT, INSERT', 'operation_quantity_id uuid, scrap_reason_id uuid, quantity int4, notes text', NULL),
    ('issues', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'id uuid, tenant_id uuid, operation_id uuid, created_by uuid, description text, severity issue_severity, status issue_status, reviewed_by uuid, reviewed_at timestamptz, resolution_notes text, created_at timestamptz, updated_at timestamptz, title text, issue_type issue_type, reported_by_id uuid, ncr_number text, ncr_category ncr_category, disposition ncr_disposition, root_cause text, corrective_action text, preventive_action text, affected_quantity int4, verification_required bool, current_cell_id uuid, intended_next_cell_id uuid, causes_standstill bool, search_vector tsvector of ncr_number + title + description + root_cause + resolution_notes',
     'tenant_id, ncr_number'),
    ('ncr_counters', 'tenant_id', 'SELECT, INSERT, UPDATE',
     'tenant_id uuid NOT NULL, year int4 NOT NULL, last_number int4 NOT NULL DEFAULT 0', 'tenant_id, year'),
    ('expectations', 'tenant_id', 'SELECT',
     'id uuid, tenant_id uuid, entity_type text, entity_id uuid, expectation_type expectation_type, expected_at timestamptz, superseded_by uuid', NULL),
    ('exceptions', 'tenant_id', 'SELECT',
     'tenant_id uuid, expectation_id uuid, exception_type exception_type, status exception_status, deviation_amount numeric, deviation_unit text, detected_at timestamptz', NULL),
    ('activity_log', 'tenant_id', '',
     'id uuid, tenant_id uuid, user_id uuid, user_email text, user_name text, action text, entity_type text, entity_id uuid, entity_name text, description text, changes jsonb, metadata jsonb, ip_address inet, user_agent text, created_at timestamptz', NULL),
    ('notifications', 'tenant_id', 'SELECT, INSERT',
     'tenant_id uuid, user_id uuid, type text, severity text, title text, message text, reference_type text, reference_id uuid, read bool, created_at timestamptz', NULL)
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_tables() IS
'The manufacturing tables that the tools need, the only list of them. tenant_path: the column that holds the tenant, or for a link table without one its references (column > parent). tool_rights: what eryxon_mcp_tenant may do. columns: name, type and what an added one needs (constraints, or the columns whose text it holds). unique_key: columns that a unique index must have. Holds no data.';

CREATE FUNCTION @extschema@.mcp_mes_enums()
RETURNS TABLE (type_name text, labels text[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
VALUES
    ('app_role', '{operator,admin}'::text[]),
    ('subscription_plan', '{free,pro,premium,enterprise}'),
    ('subscription_status', '{active,cancelled,suspended,trial}'),
    ('job_status', '{not_started,in_progress,completed,on_hold}'),
    ('task_status', '{not_started,in_progress,completed,on_hold}'),
    ('assignment_status', '{assigned,accepted,in_progress,completed}'),
    ('issue_status', '{pending,approved,rejected,closed}'),
    ('issue_severity', '{low,medium,high,critical}'),
    ('issue_type', '{general,ncr}'),
    ('ncr_category', '{material_defect,dimensional,surface_finish,process_error,other}'),
    ('ncr_disposition', '{scrap,rework,use_as_is,return_to_supplier}'),
    ('expectation_type', '{completion_time,duration,quantity,delivery}'),
    ('exception_type', '{late,early,non_occurrence,exceeded,under}'),
    ('exception_status', '{open,acknowledged,resolved,dismissed}')
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_enums() IS
'The enum types and labels that the tools need in the manufacturing schema. Holds no data.';

CREATE FUNCTION @extschema@.mcp_mes_missing(p_schema text)
RETURNS TABLE (missing text, statement text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH wanted AS (
    SELECT t.*, to_regclass(format('%I.%I', p_schema, t.table_name)) AS relation
      FROM @extschema@.mcp_mes_tables() t
), wanted_columns AS (
    SELECT w.table_name, w.relation, d.ordinality AS position, split_part(d.definition, ' ', 1) AS column_name,
           split_part(d.definition, ' ', 2) AS type_name, d.definition
      FROM wanted w
     CROSS JOIN LATERAL regexp_split_to_table(w.columns, ',\s*') WITH ORDINALITY AS d (definition, ordinality)
), found AS (
    SELECT 1 AS step, 'type ' || e.type_name AS missing,
           format('CREATE TYPE %I.%I AS ENUM (%s);', p_schema, e.type_name,
                  (SELECT string_agg(quote_literal(l), ', ' ORDER BY o) FROM unnest(e.labels) WITH ORDINALITY u (l, o)))
           AS statement
      FROM @extschema@.mcp_mes_enums() e
     WHERE to_regtype(format('%I.%I', p_schema, e.type_name)) IS NULL
    UNION ALL
    SELECT 2, format('label %s of type %s', l, e.type_name),
           format('ALTER TYPE %I.%I ADD VALUE %L;', p_schema, e.type_name, l)
      FROM @extschema@.mcp_mes_enums() e CROSS JOIN LATERAL unnest(e.labels) l
     WHERE to_regtype(format('%I.%I', p_schema, e.type_name)) IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM pg_enum
                        WHERE enumtypid = to_regtype(format('%I.%I', p_schema, e.type_name)) AND enumlabel = l)
    UNION ALL
    SELECT 3, 'table ' || w.table_name,
           format('CREATE TABLE %I.%I (%s%s);', p_schema, w.table_name, regexp_replace(w.columns, ' of [^,]*', '', 'g'),
                  ', PRIMARY KEY (' || w.unique_key || ')')
      FROM wanted w
     WHERE w.relation IS NULL
    UNION ALL
    SELECT 3, format('table %s (what is there is not a table)', w.table_name), NULL
      FROM wanted w JOIN pg_class c ON c.oid = w.relation
     WHERE c.relkind NOT IN ('r', 'p')
    UNION ALL
    SELECT 4, format('column %s.%s (%s)', c.table_name, c.column_name, c.type_name),
           format('ALTER TABLE %I.%I ADD COLUMN %s;', p_schema, c.table_name,
                  CASE WHEN c.definition NOT LIKE '% of %' THEN c.definition
                       ELSE format('%s tsvector GENERATED ALWAYS AS (to_tsvector(''pg_catalog.simple'', coalesce(%s, ''''))) STORED',
                                   c.column_name, replace(split_part(c.definition, ' of ', 2), ' + ', ', '''') || '' '' || coalesce('))
                  END)
      FROM wanted_columns c
     WHERE c.relation IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM pg_attribute a
                        WHERE a.attrelid = c.relation AND a.attname = c.column_name AND NOT a.attisdropped)
    UNION ALL
    SELECT 5, format('column %s.%s of type %s (it is %s)', c.table_name, c.column_name, c.type_name, y.typname), NULL
      FROM wanted_columns c
      JOIN pg_attribute a ON a.attrelid = c.relation AND a.attname = c.column_name AND NOT a.attisdropped
      JOIN pg_type y ON y.oid = a.atttypid
     WHERE y.typname <> c.type_name
    UNION ALL
    SELECT 6, format('unique key (%s) of table %s', w.unique_key, w.table_name),
           format('ALTER TABLE %I.%I ADD UNIQUE (%s);', p_schema, w.table_name, w.unique_key)
      FROM wanted w
     WHERE w.relation IS NOT NULL AND w.unique_key IS NOT NULL
       AND NOT EXISTS (
            SELECT 1 FROM pg_index i
             WHERE i.indrelid = w.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
               AND i.indexprs IS NULL
               AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
                     WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
                   = (SELECT array_agg(k ORDER BY k) FROM regexp_split_to_table(w.unique_key, ',\s*') k))
)
SELECT missing, statement FROM found ORDER BY step, missing
$$;
COMMENT ON FUNCTION @extschema@.mcp_mes_missing(text) IS
'What the tools need and the given schema does not have: one row per table, column, type, label or unique key, with the statement that adds it (NULL where a person must decide). Reads the catalog only.';

CREATE FUNCTION @extschema@.mcp_forget_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM @extschema@.mcp_key_usage_logs WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_server_logs WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_server_health WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_server_config WHERE tenant_id = OLD.id;
    DELETE FROM @extschema@.mcp_authentication_keys WHERE tenant_id = OLD.id;
    RETURN NULL;
END
$$;
-- Definer, because who may delete a tenant need not have rights on keys. It takes no argument and cannot be called
-- except as a trigger, which only the owner of a table can make.
ALTER FUNCTION @extschema@.mcp_forget_tenant() OWNER TO eryxon_mcp_owner;
COMMENT ON FUNCTION @extschema@.mcp_forget_tenant() IS
'Trigger on tenants: removes the keys and records of a deleted tenant. The extension''s tables have no foreign key to tenants, because pg_dump would lose it.';

CREATE FUNCTION @extschema@.mcp_detach_mes(p_schema text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT p.polname, c.oid::regclass AS relation
               FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
              WHERE c.relnamespace = to_regnamespace(quote_ident(p_schema))
                AND c.relname IN (SELECT table_name FROM @extschema@.mcp_mes_tables())
                AND p.polname LIKE 'eryxon\_mcp\_%'
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', r.polname, r.relation);
    END LOOP;
    FOR r IN SELECT to_regclass(format('%I.%I', p_schema, table_name)) AS relation
               FROM @extschema@.mcp_mes_tables()
    LOOP
        CONTINUE WHEN r.relation IS NULL;
        EXECUTE format('REVOKE ALL ON TABLE %s FROM eryxon_mcp_tenant, eryxon_mcp_owner', r.relation);
        IF EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = r.relation AND tgname = 'eryxon_mcp_forget_tenant') THEN
            EXECUTE format('DROP TRIGGER eryxon_mcp_forget_tenant ON %s', r.relation);
        END IF;
    END LOOP;
    UPDATE @extschema@.mcp_settings SET mes_schema = NULL WHERE mes_schema = p_schema;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_detach_mes(text) IS
'Takes the policies, rights and the trigger of mcp_attach_mes off the tables of a schema; row level security stays on and no row changes. Nothing happens when they are not there. For the owner of the tables (usually a superuser).';

CREATE FUNCTION @extschema@.mcp_attach_mes(p_schema text DEFAULT 'public') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- Permissive and true, or with the tenant in it: OR-ed with another policy it would hide the tenant from the planner.
    -- Restrictive, because a live database may have permissive policies for PUBLIC.
    c_sandbox constant text := 'CREATE POLICY eryxon_mcp_access ON %1$s TO eryxon_mcp_tenant USING (true) WITH CHECK (true);
        CREATE POLICY eryxon_mcp_tenant_only ON %1$s AS RESTRICTIVE TO eryxon_mcp_tenant USING (%2$s) WITH CHECK (%2$s)';
    -- A sub-select: asked once a statement, not once a row and index scan.
    c_tenant constant text := '(SELECT @extschema@.current_mcp_tenant())';
    v_missing text[];
    v_statements text;
    v_attached text;
    v_relation regclass;
    v_qual text;
    t record;
BEGIN
    IF to_regnamespace(quote_ident(p_schema)) IS NULL THEN
        RAISE EXCEPTION 'schema "%" does not exist', p_schema
            USING ERRCODE = 'invalid_schema_name', HINT = format('SELECT mes_create_schema(%L) creates it.', p_schema);
    END IF;
    SELECT array_agg(m.missing ORDER BY m.n), string_agg(m.statement, E'\n' ORDER BY m.n)
      INTO v_missing, v_statements
      FROM @extschema@.mcp_mes_missing(p_schema) WITH ORDINALITY AS m (missing, statement, n);
    IF v_missing IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" lacks % that the tools need', p_schema,
                CASE cardinality(v_missing) WHEN 1 THEN 'one thing' ELSE cardinality(v_missing) || ' things' END
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'Missing: ' || array_to_string(v_missing, ', ') || '.',
                  HINT = CASE WHEN to_regclass(format('%I.tenants', p_schema)) IS NULL
                              THEN format('SELECT mes_create_schema(%L) creates the tables.', p_schema)
                              ELSE coalesce(v_statements || E'\n', '') || format('SELECT mcp_attach_mes(%L);', p_schema)
                         END;
    END IF;

    SELECT mes_schema INTO v_attached FROM @extschema@.mcp_settings FOR UPDATE;
    IF v_attached <> p_schema THEN
        RAISE NOTICE 'schema "%" is attached in place of "%"', p_schema, v_attached;
        PERFORM @extschema@.mcp_detach_mes(v_attached);
    END IF;
    PERFORM @extschema@.mcp_detach_mes(p_schema);

    EXECUTE format('GRANT USAGE ON SCHEMA %I TO eryxon_mcp_tenant, eryxon_mcp_owner', p_schema);
    FOR t IN SELECT *, (SELECT '(' || string_agg(split_part(c, ' ', 1), ', ') || ')'
                          FROM regexp_split_to_table(m.columns, ',\s*') c) AS column_list
               FROM @extschema@.mcp_mes_tables() m
    LOOP
        v_relation := to_regclass(format('%I.%I', p_schema, t.table_name));
        IF t.tenant_path NOT LIKE '%>%' THEN
            v_qual := format('%I = %s', t.tenant_path, c_tenant);
        ELSIF EXISTS (SELECT 1 FROM pg_attribute
                       WHERE attrelid = v_relation AND attname = 'tenant_id' AND NOT attisdropped) THEN
            v_qual := format('tenant_id = %s', c_tenant);
        ELSE
            -- Every reference, not only the first: a foreign key by id alone would let a row point into another tenant.
            SELECT string_agg(format('EXISTS (SELECT 1 FROM %I.%I p WHERE p.id = %I.%I AND p.tenant_id = %s)', p_schema,
                                     split_part(l, ' > ', 2), t.table_name, split_part(l, ' > ', 1), c_tenant), ' AND ')
              INTO v_qual
              FROM regexp_split_to_table(t.tenant_path, ',\s*') l;
        END IF;
        EXECUTE format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$s FORCE ROW LEVEL SECURITY', v_relation);
        EXECUTE format(c_sandbox, v_relation, v_qual);
        IF t.tool_rights <> '' THEN
            EXECUTE format('GRANT %s ON TABLE %s TO eryxon_mcp_tenant',
                           replace(t.tool_rights, '{columns}', t.column_list), v_relation);
        END IF;
        IF t.table_name IN ('tenants', 'profiles') THEN
            EXECUTE format('CREATE POLICY eryxon_mcp_lookup ON %1$s FOR SELECT TO eryxon_mcp_owner USING (true);
                            GRANT SELECT %2$s ON TABLE %1$s TO eryxon_mcp_owner', v_relation, t.column_list);
        ELSIF t.table_name = 'activity_log' THEN
            EXECUTE format('CREATE POLICY eryxon_mcp_record ON %1$s FOR INSERT TO eryxon_mcp_owner WITH CHECK (true);
                            CREATE POLICY eryxon_mcp_review ON %1$s FOR SELECT TO eryxon_mcp_owner USING (true);
                            GRANT SELECT, INSERT ON TABLE %1$s TO eryxon_mcp_owner', v_relation);
        END IF;
    END LOOP;
    EXECUTE format('CREATE TRIGGER eryxon_mcp_forget_tenant AFTER DELETE ON %I.tenants
                    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_forget_tenant()', p_schema);

    UPDATE @extschema@.mcp_settings SET mes_schema = p_schema;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_attach_mes(text) IS
'Binds the MCP layer to the manufacturing tables of a schema: checks that everything the tools need is there, enables and forces row level security, gives eryxon_mcp_tenant its rights and tenant policies and eryxon_mcp_owner what keys and records need, and stores the schema''s name. Doing it again changes nothing; another schema takes the place of the one attached before. Never creates or changes a column; locks each table until the transaction ends. Errors: 3F000 the schema does not exist, 55000 something is missing (DETAIL: what, HINT: the statements that add it). For the owner of the tables (usually a superuser).';

-- requires:
--   attach

-- What a tenant's people see of the extension's tables. The owner (and so every SECURITY DEFINER function) is not held back.

ALTER TABLE @extschema@.mcp_authentication_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_rate_slots ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_key_usage_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_server_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_server_health ENABLE ROW LEVEL SECURITY;
ALTER TABLE @extschema@.mcp_server_logs ENABLE ROW LEVEL SECURITY;

-- The sub-selects make PostgreSQL ask once a statement instead of once a row.
CREATE POLICY member_reads ON @extschema@.mcp_authentication_keys FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));
CREATE POLICY admin_changes ON @extschema@.mcp_authentication_keys FOR UPDATE
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)))
    WITH CHECK (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));
CREATE POLICY admin_deletes ON @extschema@.mcp_authentication_keys FOR DELETE
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)));

CREATE POLICY admin_reads ON @extschema@.mcp_key_usage_logs FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)));

CREATE POLICY member_reads ON @extschema@.mcp_server_config FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));
CREATE POLICY admin_manages ON @extschema@.mcp_server_config FOR ALL
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)))
    WITH CHECK (tenant_id = (SELECT (@extschema@.get_tenant_info()).id) AND (SELECT @extschema@.mcp_is_tenant_admin((@extschema@.get_tenant_info()).id)));

CREATE POLICY member_reads ON @extschema@.mcp_server_health FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));
CREATE POLICY member_reads ON @extschema@.mcp_server_logs FOR SELECT
    USING (tenant_id = (SELECT (@extschema@.get_tenant_info()).id));

-- requires:
--   policies

-- The documented functions about the server, for tenants' people and for servers that are not this one.

CREATE FUNCTION @extschema@.mcp_assert_may_act_for(p_tenant_id uuid)
RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT coalesce(@extschema@.mcp_caller_is_operator() OR @extschema@.mcp_is_tenant_admin(p_tenant_id), false) THEN
        RAISE EXCEPTION 'not allowed for this tenant'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'call it as an admin of the tenant, or as a superuser or member of eryxon_mcp_owner';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_assert_may_act_for(uuid) IS 'Raises 42501 unless the caller is a superuser, a member of eryxon_mcp_owner, or an admin of this tenant by request.jwt.claims. NULL is refused.';

CREATE FUNCTION @extschema@.get_mcp_key_stats(p_key_id uuid)
RETURNS TABLE (total_requests bigint, successful_requests bigint, failed_requests bigint, avg_response_time_ms numeric,
               last_24h_requests bigint, most_used_tools jsonb, last_used_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_may_act_for((SELECT k.tenant_id FROM @extschema@.mcp_authentication_keys k WHERE k.id = p_key_id));
    RETURN QUERY
    WITH calls AS (
        SELECT l.tool_name, l.success, l.response_time_ms, l.created_at
          FROM @extschema@.mcp_key_usage_logs l
         WHERE l.key_id = p_key_id
    )
    SELECT count(*), count(*) FILTER (WHERE c.success), count(*) FILTER (WHERE NOT c.success),
           round(avg(c.response_time_ms), 2),
           count(*) FILTER (WHERE c.created_at > clock_timestamp() - interval '24 hours'),
           (SELECT coalesce(jsonb_agg(jsonb_build_object('tool', t.tool_name, 'count', t.uses) ORDER BY t.uses DESC, t.tool_name), '[]')
              FROM (SELECT tool_name, count(*) AS uses FROM calls GROUP BY tool_name ORDER BY uses DESC, tool_name LIMIT 5) t),
           (SELECT k.last_used_at FROM @extschema@.mcp_authentication_keys k WHERE k.id = p_key_id)
      FROM calls c;
END
$$;
COMMENT ON FUNCTION @extschema@.get_mcp_key_stats(uuid) IS 'A key''s statistics: requests in all, successful, failed (refused ones included), mean response time in milliseconds (NULL without calls), requests of the last 24 hours, the five most used tools as [{tool, count}], and when the last admitted call was. For admins of the key''s tenant and operators; others, an unknown key and NULL: 42501.';

CREATE FUNCTION @extschema@.get_mcp_server_config()
RETURNS TABLE (id uuid, server_name text, server_version text, enabled boolean, supabase_url text, last_connected_at timestamptz, features jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT c.id, c.server_name, c.server_version, c.enabled, c.supabase_url, c.last_connected_at, c.features
  FROM @extschema@.mcp_server_config c
 WHERE c.tenant_id = (SELECT (@extschema@.get_tenant_info()).id)
$$;
COMMENT ON FUNCTION @extschema@.get_mcp_server_config() IS 'The server configuration of the caller''s tenant (get_tenant_info()); no row without a tenant or a configuration. Members may call it.';

CREATE FUNCTION @extschema@.mcp_write_health(p_tenant_id uuid, p_status text, p_response_time_ms integer, p_error_message text, p_metadata jsonb)
RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_id uuid;
BEGIN
    INSERT INTO @extschema@.mcp_server_health (tenant_id, status, response_time_ms, error_message, metadata)
    VALUES (p_tenant_id, p_status, p_response_time_ms, p_error_message, p_metadata)
    RETURNING id INTO v_id;
    IF p_status = 'online' THEN
        UPDATE @extschema@.mcp_server_config SET last_connected_at = clock_timestamp() WHERE tenant_id = p_tenant_id;
    END IF;
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_write_health(uuid, text, integer, text, jsonb) IS 'What update_mcp_server_health and mcp_heartbeat have in common. Nobody else may call it.';

CREATE FUNCTION @extschema@.update_mcp_server_health(
    p_tenant_id uuid, p_status text, p_response_time_ms integer DEFAULT NULL, p_error_message text DEFAULT NULL, p_metadata jsonb DEFAULT NULL)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_may_act_for(p_tenant_id);
    RETURN @extschema@.mcp_write_health(p_tenant_id, p_status, p_response_time_ms, p_error_message, p_metadata);
END
$$;
COMMENT ON FUNCTION @extschema@.update_mcp_server_health(uuid, text, integer, text, jsonb) IS 'Adds a health row (status online, offline or degraded; response time in milliseconds); online also stamps mcp_server_config.last_connected_at. Gives the row''s id. For admins of the tenant and operators, others: 42501; another status: 23514. The shim uses mcp_heartbeat.';

CREATE FUNCTION @extschema@.log_mcp_server_activity(p_tenant_id uuid, p_event_type text, p_message text, p_metadata jsonb DEFAULT NULL)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_id uuid;
BEGIN
    PERFORM @extschema@.mcp_assert_may_act_for(p_tenant_id);
    INSERT INTO @extschema@.mcp_server_logs (tenant_id, event_type, message, metadata)
    VALUES (p_tenant_id, p_event_type, p_message, p_metadata)
    RETURNING id INTO v_id;
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION @extschema@.log_mcp_server_activity(uuid, text, text, jsonb) IS 'Adds a row to mcp_server_logs and gives its id. For admins of the tenant and operators, others: 42501; a NULL event type or message: 23502.';

-- requires:
--   monitoring
--   keys::generate_mcp_key
--   keys::rotate_mcp_key
--   keys::check_mcp_tool_permission

-- Logins: the shim's, and the rights of a web application's role.

CREATE FUNCTION @extschema@.create_mcp_gateway(p_name text, p_password text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_name IS NULL OR p_name = '' THEN
        RAISE EXCEPTION 'the gateway''s login needs a name' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = p_name AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'role % is a superuser or bypasses row level security: it is no gateway', p_name
            USING ERRCODE = 'invalid_parameter_value', HINT = 'choose another name';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = p_name) THEN
        EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', p_name);
    END IF;
    IF p_password IS NOT NULL THEN
        EXECUTE format('ALTER ROLE %I PASSWORD %L', p_name, p_password);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN INHERIT', p_name);
    EXECUTE format('GRANT eryxon_mcp_gateway TO %I', p_name);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), p_name);
    -- A login finds the functions wherever the extension is.
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %s', p_name, current_database(), '@extschema@, pg_temp');
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''30s''', p_name);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''30s''', p_name);
    -- Else log_min_duration_statement writes the caller's key, a bind parameter, into the server's log.
    EXECUTE format('ALTER ROLE %I SET log_parameter_max_length = 0', p_name);
    EXECUTE format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0', p_name);
    -- Else a query goes on when the shim was killed.
    IF current_setting('server_version_num')::integer >= 140000 THEN
        EXECUTE format('ALTER ROLE %I SET client_connection_check_interval = ''1s''', p_name);
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.create_mcp_gateway(text, text) IS 'Makes (or mends) the login of the stdio shim: member of eryxon_mcp_gateway, with time limits, and with settings that keep bind parameters, so keys, out of the server''s log. p_password NULL: no password is set or changed. For superusers (log_parameter_max_length needs one); others: 42501. An empty name, or a role that is a superuser or bypasses RLS: 22023.';

CREATE FUNCTION @extschema@.mcp_grant_member(p_role text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA @extschema@ TO %I', p_role);
    EXECUTE format('GRANT SELECT (id, tenant_id, key_prefix, name, description, environment, allowed_tools, rate_limit, enabled, expires_at,
                    last_used_at, usage_count, created_at, updated_at, created_by),
                    UPDATE (name, description, allowed_tools, rate_limit, enabled, expires_at), DELETE
                    ON @extschema@.mcp_authentication_keys TO %I', p_role);
    EXECUTE format('GRANT SELECT ON @extschema@.mcp_key_usage_logs, @extschema@.mcp_server_health, @extschema@.mcp_server_logs TO %I', p_role);
    EXECUTE format('GRANT SELECT, INSERT (tenant_id, server_name, server_version, enabled, supabase_url, features),
                    UPDATE (server_name, server_version, enabled, supabase_url, features), DELETE
                    ON @extschema@.mcp_server_config TO %I', p_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION @extschema@.get_tenant_info(), @extschema@.mcp_current_profile(),
                    @extschema@.mcp_is_tenant_admin(uuid), @extschema@.get_mcp_server_config(), @extschema@.get_mcp_key_stats(uuid),
                    @extschema@.generate_mcp_key(uuid, text, text, text, jsonb, uuid), @extschema@.rotate_mcp_key(uuid),
                    @extschema@.check_mcp_tool_permission(uuid, text), @extschema@.update_mcp_server_health(uuid, text, integer, text, jsonb),
                    @extschema@.log_mcp_server_activity(uuid, text, text, jsonb) TO %I', p_role);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_grant_member(text) IS 'Gives a web application''s role (PostgREST''s, Supabase''s authenticated) what tenants'' people need: their own keys without key_hash, logs, health and configuration, held back by row level security, by sub in request.jwt.claims. Grant it only to a role whose SQL the application writes. For superusers; an unknown role: 42704. CREATE EXTENSION calls it for the role authenticated, if there is one.';

-- requires:
--   gateway
--   calls::mcp_run_tool
--   calls::mcp_tool_catalog

-- Each tool is a SQL function of its own, made from the catalogue; and only known tools may stand in allowed_tools.

DO $$
DECLARE
    v_tool record;
BEGIN
    FOR v_tool IN SELECT name, title, description FROM @extschema@.mcp_tool_catalog() LOOP
        EXECUTE pg_catalog.format(
            'CREATE FUNCTION @extschema@.%I(p_arguments jsonb DEFAULT ''{}'') RETURNS jsonb LANGUAGE sql VOLATILE AS %L',
            v_tool.name, pg_catalog.format('SELECT @extschema@.mcp_run_tool(%L, p_arguments)', v_tool.name));
        EXECUTE pg_catalog.format('COMMENT ON FUNCTION @extschema@.%I(jsonb) IS %L', v_tool.name,
            pg_catalog.format('MCP tool %s: %s Takes and gives JSON as tools/list describes it. For the tenant that mcp_as_tenant chose in this transaction; none: 55000. Not recorded. For superusers.',
                v_tool.title, v_tool.description));
    END LOOP;
END
$$;

-- On UPDATE only: generate_mcp_key checks what it inserts, and a dump is restored as it is.
CREATE FUNCTION @extschema@.mcp_check_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_check_allowed_tools(NEW.allowed_tools);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_check_key() IS 'Trigger of mcp_authentication_keys: allowed_tools must name known tools or "*"; otherwise 22023.';
CREATE TRIGGER mcp_check_key BEFORE UPDATE OF allowed_tools ON @extschema@.mcp_authentication_keys
    FOR EACH ROW EXECUTE FUNCTION @extschema@.mcp_check_key();

-- requires:
--   tool_functions
--   identity::mcp_as_tenant
--   keys::validate_mcp_key
--   keys::log_mcp_key_usage
--   keys::mcp_check_allowed_tools
--   calls::mcp_call_tool
--   calls::mcp_list_tools
--   calls::mcp_heartbeat
--   calls::mcp_tool_error_codes
--   calls::mcp_state_tables
--   mes::mes_create_schema
--   mes::mes_seed_demo
--   load::mes_seed_load
--   mes::mes_demo_id

-- What the functions in Rust take and give. Functions in SQL have their comments beside them.

COMMENT ON FUNCTION @extschema@.mcp_call_tool(text, text, jsonb, jsonb) IS 'Calls a tool for the owner of a key: {"result": {content, structuredContent, isError}} or {"error": {code, message, data}}. p_arguments: JSON object, NULL for none. p_client: {"name", "version"} of the client, recorded, NULL for unknown. Never raises for what a caller can cause: a wrong key, tool or argument, a failing tool, a timeout or a cancel is answered and recorded. Raises XX000 when the call could not be recorded; then nothing is kept. For eryxon_mcp_gateway.';
COMMENT ON FUNCTION @extschema@.mcp_list_tools(text) IS 'The tools that a key may call, in a stable order: {"result": {"tools": [...]}} or {"error": ...}. Does not count against the rate limit. For eryxon_mcp_gateway.';
COMMENT ON FUNCTION @extschema@.mcp_heartbeat(text, text, integer, jsonb) IS 'The shim''s heartbeat: adds a row to mcp_server_health for the key''s tenant and gives its id; NULL when the key is not valid. p_status: online, offline or degraded (else 23514); p_response_time_ms: milliseconds of the last round trip, or NULL. For eryxon_mcp_gateway.';
COMMENT ON FUNCTION @extschema@.mcp_run_tool(text, jsonb) IS 'Runs a tool for the tenant that mcp_as_tenant chose in this transaction, without key, rate limit and record, and gives its structured output. Raises: 42883 unknown tool; 55000 no tenant chosen, no MES schema, or a state that forbids the step; 22023 invalid arguments; P0002 not found; 23505 conflict; 54000 limit exceeded; 57014 timeout or cancel; XX000 internal. DETAIL holds the error as JSON. The functions named like the tools call it. For superusers.';
COMMENT ON FUNCTION @extschema@.mcp_tool_catalog() IS 'The built-in tools: name, domain, title, description, whether it only reads, its definition as tools/list shows it, calls on the demo factory that succeed (examples) and that it refuses (errors), and the older names and values that it understands (aliases). Holds no data. For superusers and members of eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.mcp_tool_error_codes() IS 'The codes of tool errors and what they mean. Holds no data. For superusers and members of eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.mcp_state_tables() IS 'Which state of a job, part, operation, substep or issue may follow which: kind, from_status, to_status, by (the tools or the event that takes the step), needs (empty: nothing). What it does not list is refused with invalid_state. Holds no data. For superusers and members of eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.current_mcp_tenant() IS 'The tenant of the running tool call; NULL outside of one. It lives in backend memory: no SQL can set it. Row level security of the MES tables uses it. For eryxon_mcp_tenant and eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.mcp_caller_is_operator() IS 'Whether the role that sent the statement is a superuser or a member of eryxon_mcp_owner, also inside a SECURITY DEFINER function. For eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.mcp_as_tenant(uuid) IS 'Chooses the tenant for tools called as SQL functions, until the transaction ends; gives it back. NULL: 22004. For superusers. Example: BEGIN; SELECT mcp_as_tenant(id) FROM tenants WHERE name = ''...''; SELECT fetch_jobs(); COMMIT;';
COMMENT ON FUNCTION @extschema@.generate_mcp_key(uuid, text, text, text, jsonb, uuid) IS 'Makes a key for a tenant and gives it in clear, this once: only its prefix and bcrypt hash are stored. p_environment: live or test. p_allowed_tools: JSON array of tool names, or ["*"]. p_created_by: a profile''s id, recorded; NCRs and reviews by this key stand under that person''s name unless a call names another. Raises: 22023 for an empty name, another environment, or allowed_tools that are no array of known tools; P0002 unknown tenant; 23505 the tenant has a key with this name; 42501 not allowed for this tenant; 55000 no MES schema attached. For admins of the tenant, superusers and members of eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.rotate_mcp_key(uuid) IS 'Gives a key a new secret and shows it, this once; the old one is refused at its next call. Name, tools, limit and counters stay. Raises 42501 when the caller may not act for its tenant or there is no such key, P0002 to operators when there is none. For admins of the tenant, superusers and members of eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.validate_mcp_key(text) IS 'The tenant, id, allowed tools, rate limit (calls in 60 seconds) and environment of a valid key. Raises 28000 "Invalid or disabled MCP key" for every other: unknown, disabled, expired, of a tenant that is not active, NULL. Changes nothing: calls are counted where they are recorded. For eryxon_mcp_gateway.';
COMMENT ON FUNCTION @extschema@.check_mcp_tool_permission(uuid, text) IS 'Whether an enabled key may call a tool. False, never NULL, for an unknown key or tool, a NULL, or a key of a tenant that is not the caller''s. For members, superusers and members of eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.log_mcp_key_usage(uuid, uuid, text, jsonb, boolean, text, integer, inet, text) IS 'Records a call that another server made: a row in mcp_key_usage_logs, one in activity_log, the key''s counters. Gives the usage row''s id. Arguments are redacted; p_response_time_ms in milliseconds; p_success NULL counts as failed. mcp_call_tool records by itself. Raises P0002 when the tenant has no such key, 22023 for a NULL tenant or empty tool, 42501 for callers that may not act for the tenant. For superusers and members of eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.mcp_check_allowed_tools(jsonb) IS 'True when a value may stand in allowed_tools (a JSON array of tool names or "*"); else 22023. For eryxon_mcp_owner.';
COMMENT ON FUNCTION @extschema@.mes_create_schema(text) IS 'Creates the MES tables in a schema (made if missing), enables and forces row level security on them and attaches them. Raises 42P07 when the schema has such tables already: use mcp_attach_mes. For superusers.';
COMMENT ON FUNCTION @extschema@.mes_seed_demo() IS 'Loads the demo factory, four tenants with dates relative to now, into the attached MES schema. A tenant that is there already is left as it is. Raises 55000 when no MES schema is attached. For superusers.';
COMMENT ON FUNCTION @extschema@.mes_seed_load(text) IS 'Loads factories for measurements into the attached MES schema, beside whatever is there: M (20 tenants, 20000 jobs, 400000 operations; one to three minutes and 600 MB) or L (200 tenants and ten times the rows). The largest tenant holds 30 % of the rows, the one in the middle 0.2 %. A NOTICE tells each step and its seconds; a set that is there already is left as it is, with a NOTICE. All comes in one transaction. Its keys match no secret until rotate_mcp_key gives them one. To remove a set: DELETE FROM tenants WHERE name LIKE ''Load M %''. Raises 22023 for another or no scale, 55000 when no MES schema is attached. For superusers.';
COMMENT ON FUNCTION @extschema@.mes_demo_id(text) IS 'The id of a row of the demo factory by its name, such as ''A'' (a tenant) or ''A/job/JOB-1001'': uuid version 5. NULL for NULL. For superusers.';

-- finalize
-- Owners, paths and rights, when everything is there.

DO $$
DECLARE
    v_object record;
BEGIN
    EXECUTE 'GRANT USAGE ON SCHEMA @extschema@ TO eryxon_mcp_owner, eryxon_mcp_gateway, eryxon_mcp_tenant';
    FOR v_object IN
        SELECT c.oid::pg_catalog.regclass AS name
          FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e' AND c.relkind = 'r'
           AND d.refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'eryxon_mcp')
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO eryxon_mcp_owner', v_object.name);
    END LOOP;
    FOR v_object IN
        SELECT p.oid::pg_catalog.regprocedure AS name, p.prosecdef, p.proconfig, l.lanname
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_proc p ON p.oid = d.objid
          JOIN pg_catalog.pg_language l ON l.oid = p.prolang
         WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e'
           AND d.refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'eryxon_mcp')
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_object.name);
        IF v_object.prosecdef THEN
            EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO eryxon_mcp_owner', v_object.name);
        END IF;
        -- Functions in C name this extension's tables without a schema; the schema comes from here. Their statements are planned once.
        IF v_object.prosecdef AND v_object.lanname = 'c' THEN
            EXECUTE pg_catalog.format('ALTER FUNCTION %s SET search_path = @extschema@, pg_temp', v_object.name);
            EXECUTE pg_catalog.format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_object.name);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'authenticated') THEN
        PERFORM @extschema@.mcp_grant_member('authenticated');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION @extschema@.mcp_call_tool(text, text, jsonb, jsonb), @extschema@.mcp_list_tools(text),
    @extschema@.validate_mcp_key(text), @extschema@.mcp_heartbeat(text, text, integer, jsonb) TO eryxon_mcp_gateway;
GRANT EXECUTE ON FUNCTION @extschema@.current_mcp_tenant(), @extschema@.get_tenant_info() TO eryxon_mcp_tenant;
-- SECURITY DEFINER functions call these as their owner.
GRANT EXECUTE ON FUNCTION @extschema@.current_mcp_tenant(), @extschema@.mcp_caller_is_operator(),
    @extschema@.mcp_assert_may_act_for(uuid), @extschema@.mcp_write_health(uuid, text, integer, text, jsonb) TO eryxon_mcp_owner;
GRANT EXECUTE ON FUNCTION @extschema@.mcp_check_allowed_tools(jsonb) TO eryxon_mcp_owner;

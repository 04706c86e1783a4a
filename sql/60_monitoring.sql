-- The documented monitoring functions, for members of a tenant and for other MCP servers.

CREATE FUNCTION @extschema@.mcp_assert_may_act_for(p_tenant_id uuid)
RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT coalesce(@extschema@.mcp_caller_is_operator() OR @extschema@.mcp_is_tenant_admin(p_tenant_id), false) THEN
        RAISE EXCEPTION 'not allowed for this tenant'
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'Call it as an admin of the tenant, a superuser, or a member of eryxon_mcp_owner.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_assert_may_act_for(uuid) IS 'Raises 42501 unless the caller is a superuser, a member of eryxon_mcp_owner, or an admin of this tenant according to request.jwt.claims. Also raises it for NULL.';

CREATE FUNCTION @extschema@.get_mcp_key_stats(p_key_id uuid)
RETURNS TABLE (total_requests bigint, successful_requests bigint, failed_requests bigint, avg_response_time_ms numeric,
               last_24h_requests bigint, most_used_tools jsonb, last_used_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_may_act_for((SELECT k.tenant_id FROM @extschema@.mcp_keys k WHERE k.id = p_key_id));
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
           (SELECT max(k.last_used_at) FROM @extschema@.mcp_key_counters k WHERE k.key_id = p_key_id)
      FROM calls c;
END
$$;
COMMENT ON FUNCTION @extschema@.get_mcp_key_stats(uuid) IS 'A key''s statistics: total, successful and failed requests (failed includes refused), average response time in milliseconds (NULL without calls), requests in the last 24 hours, the five most used tools as [{tool, count}], and the time of the last use. For admins of the key''s tenant and operators. Raises 42501 for other callers, an unknown key and NULL.';

CREATE FUNCTION @extschema@.get_mcp_server_config()
RETURNS TABLE (id uuid, server_name text, server_version text, enabled boolean, supabase_url text, last_connected_at timestamptz, features jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT c.id, c.server_name, c.server_version, c.enabled, c.supabase_url, c.last_connected_at, c.features
  FROM @extschema@.mcp_server_config c
 WHERE c.tenant_id = (SELECT (@extschema@.get_tenant_info()).id)
$$;
COMMENT ON FUNCTION @extschema@.get_mcp_server_config() IS 'The server configuration of the caller''s tenant (get_tenant_info()); no row without a tenant or a configuration. For members.';

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
COMMENT ON FUNCTION @extschema@.mcp_write_health(uuid, text, integer, text, jsonb) IS 'The common part of update_mcp_server_health and mcp_heartbeat, and only callable by them.';

CREATE FUNCTION @extschema@.update_mcp_server_health(
    p_tenant_id uuid, p_status text, p_response_time_ms integer DEFAULT NULL, p_error_message text DEFAULT NULL, p_metadata jsonb DEFAULT NULL)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_may_act_for(p_tenant_id);
    RETURN @extschema@.mcp_write_health(p_tenant_id, p_status, p_response_time_ms, p_error_message, p_metadata);
END
$$;
COMMENT ON FUNCTION @extschema@.update_mcp_server_health(uuid, text, integer, text, jsonb) IS 'Adds a health report (status online, offline or degraded; response time in milliseconds) and returns its id; online also sets mcp_server_config.last_connected_at. For admins of the tenant and operators. Raises 42501 for other callers, 23514 for another status. The shim uses mcp_heartbeat.';

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
COMMENT ON FUNCTION @extschema@.log_mcp_server_activity(uuid, text, text, jsonb) IS 'Adds a row to mcp_server_logs and returns its id. For admins of the tenant and operators. Raises 42501 for other callers, 23502 if the event type or message is NULL.';

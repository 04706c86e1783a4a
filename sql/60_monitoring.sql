-- Eryxon Flow's monitoring functions, for members of a tenant and for other MCP servers.

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
    ), refused AS (
        -- Wrong secrets are not requests of the key's holder.
        SELECT coalesce(sum(r.count), 0)::bigint AS all_days,
               coalesce(sum(r.count) FILTER (WHERE r.last_at > clock_timestamp() - interval '24 hours'), 0)::bigint AS last_day
          FROM @extschema@.mcp_refused_calls r
          JOIN @extschema@.mcp_keys k ON k.tenant_id = r.tenant_id AND k.id = r.key_id
         WHERE k.id = p_key_id AND r.reason <> 'invalid_key'
    )
    SELECT count(*) + (SELECT r.all_days FROM refused r), count(*) FILTER (WHERE c.success),
           count(*) FILTER (WHERE NOT c.success) + (SELECT r.all_days FROM refused r),
           round(avg(c.response_time_ms), 2),
           count(*) FILTER (WHERE c.created_at > clock_timestamp() - interval '24 hours') + (SELECT r.last_day FROM refused r),
           (SELECT coalesce(jsonb_agg(jsonb_build_object('tool', t.tool_name, 'count', t.uses) ORDER BY t.uses DESC, t.tool_name), '[]')
              FROM (SELECT tool_name, count(*) AS uses FROM calls GROUP BY tool_name ORDER BY uses DESC, tool_name LIMIT 5) t),
           (SELECT max(k.last_used_at) FROM @extschema@.mcp_key_counters k WHERE k.key_id = p_key_id)
      FROM calls c;
END
$$;
COMMENT ON FUNCTION @extschema@.get_mcp_key_stats(uuid) IS 'A key''s statistics: total, successful and failed requests (failed includes refused ones of the last 90 days, but not wrong secrets), average response time in milliseconds (NULL without calls), requests in the last 24 hours, the five most used tools of admitted calls as [{tool, count}], and the time of the last admitted call. For admins of the key''s tenant and operators. Raises 42501 for other callers, and for an unknown key and NULL, of which operators get zeros.';

CREATE FUNCTION @extschema@.get_mcp_server_config()
RETURNS TABLE (id uuid, server_name text, server_version text, enabled boolean, supabase_url text, last_connected_at timestamptz, features jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT c.id, c.server_name, c.server_version, c.enabled, c.supabase_url, c.last_connected_at, c.features
  FROM @extschema@.mcp_server_config c
 WHERE c.tenant_id = (SELECT (@extschema@.get_tenant_info()).id)
$$;
COMMENT ON FUNCTION @extschema@.get_mcp_server_config() IS 'The server configuration of the caller''s tenant (get_tenant_info()); no row without a tenant or a configuration. For members.';

CREATE FUNCTION @extschema@.mcp_write_health(p_tenant_id uuid, p_key_id uuid, p_status text, p_response_time_ms integer, p_error_message text,
                                             p_metadata jsonb, p_at timestamptz DEFAULT clock_timestamp())
RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '250ms' AS $$
DECLARE
    v_five_seconds constant timestamptz := date_bin('5 seconds', p_at, 'epoch');
    v_slot constant integer := extract(epoch FROM v_five_seconds)::bigint / 5 % 60;
    -- One row takes no more beats of its five seconds, so that no caller can fill the disk with the old versions of rows.
    c_beats constant integer := 10;
    v_error constant text := left(p_error_message, 500);
    v_metadata constant jsonb := CASE WHEN pg_column_size(p_metadata) > 4096
                                      THEN jsonb_build_object('_truncated', true, '_bytes', pg_column_size(p_metadata)) ELSE p_metadata END;
    v_id uuid;
BEGIN
    -- The table's own checks would show the whole row to the caller and in the log, and a client may have sent its key as the status.
    IF (p_status IN ('online', 'offline', 'degraded')) IS NOT TRUE OR p_response_time_ms < 0 THEN
        RAISE EXCEPTION 'the status must be online, offline or degraded, and the response time not negative' USING ERRCODE = 'check_violation';
    END IF;
    -- What the place holds is from another time, usually five minutes ago: it becomes a part of its hour. An hour takes the place of one
    -- that is a multiple of a week away; of two, the newer stays, unless the clock was set back.
    INSERT INTO @extschema@.mcp_server_health AS h
           (tenant_id, key_id, slot, status, last_check, response_time_ms, error_message, metadata, created_at, beats)
    SELECT o.tenant_id, o.key_id, 100 + extract(epoch FROM o.created_at)::bigint / 3600 % 168, o.status, o.last_check, o.response_time_ms,
           o.error_message, o.metadata, o.created_at, o.beats
      FROM @extschema@.mcp_server_health o
     WHERE o.tenant_id = p_tenant_id AND coalesce(o.key_id, o.tenant_id) = coalesce(p_key_id, p_tenant_id) AND o.slot = v_slot
       AND date_bin('5 seconds', o.created_at, 'epoch') <> v_five_seconds
       FOR NO KEY UPDATE
    ON CONFLICT (tenant_id, (coalesce(key_id, tenant_id)), slot) DO UPDATE
       SET (status, last_check, response_time_ms, error_message, metadata, created_at, beats) = (
           SELECT CASE WHEN NOT s.same_hour THEN excluded.status
                       WHEN 'offline' IN (h.status, excluded.status) THEN 'offline'
                       WHEN 'degraded' IN (h.status, excluded.status) THEN 'degraded'
                       ELSE 'online' END,
                  greatest(h.last_check, excluded.last_check), excluded.response_time_ms,
                  CASE WHEN s.same_hour THEN coalesce(excluded.error_message, h.error_message) ELSE excluded.error_message END,
                  excluded.metadata,
                  CASE WHEN s.same_hour THEN least(h.created_at, excluded.created_at) ELSE excluded.created_at END,
                  CASE WHEN s.same_hour THEN h.beats ELSE 0 END + excluded.beats
             FROM (SELECT date_bin('1 hour', h.created_at, 'epoch') = date_bin('1 hour', excluded.created_at, 'epoch') AS same_hour) s)
     WHERE date_bin('1 hour', excluded.created_at, 'epoch') >= date_bin('1 hour', h.created_at, 'epoch')
        OR h.created_at > p_at;

    INSERT INTO @extschema@.mcp_server_health AS h
           (tenant_id, key_id, slot, status, last_check, response_time_ms, error_message, metadata, created_at)
    VALUES (p_tenant_id, p_key_id, v_slot, p_status, p_at, p_response_time_ms, v_error, v_metadata, p_at)
    ON CONFLICT (tenant_id, (coalesce(key_id, tenant_id)), slot) DO UPDATE
       SET status = excluded.status,
           last_check = excluded.last_check,
           response_time_ms = excluded.response_time_ms,
           error_message = excluded.error_message,
           -- A large value that is the same stays where it is.
           metadata = CASE WHEN h.metadata = excluded.metadata THEN h.metadata ELSE excluded.metadata END,
           created_at = CASE WHEN date_bin('5 seconds', h.created_at, 'epoch') = v_five_seconds THEN h.created_at ELSE excluded.created_at END,
           beats = CASE WHEN date_bin('5 seconds', h.created_at, 'epoch') = v_five_seconds THEN h.beats + 1 ELSE 1 END
     WHERE h.beats < c_beats OR date_bin('5 seconds', h.created_at, 'epoch') <> v_five_seconds
    RETURNING h.id INTO v_id;
    IF v_id IS NULL THEN
        RETURN (SELECT h.id FROM @extschema@.mcp_server_health h
                 WHERE h.tenant_id = p_tenant_id AND coalesce(h.key_id, h.tenant_id) = coalesce(p_key_id, p_tenant_id) AND h.slot = v_slot);
    END IF;

    IF p_status = 'online' THEN
        -- Once in 5 seconds, and not while somebody else changes the configuration.
        UPDATE @extschema@.mcp_server_config SET last_connected_at = p_at
         WHERE id = (SELECT c.id FROM @extschema@.mcp_server_config c
                      WHERE c.tenant_id = p_tenant_id AND date_bin('5 seconds', c.last_connected_at, 'epoch') IS DISTINCT FROM v_five_seconds
                        FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN v_id;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_write_health(uuid, uuid, text, integer, text, jsonb, timestamptz) IS 'The common part of update_mcp_server_health (p_key_id NULL) and mcp_heartbeat, and only callable by them. p_at: the time of the beat. A row takes ten beats of its five seconds; more are answered, but not written. Raises 23514 for another status, none, or a negative response time; 55P03 if the row is locked for longer than 250 ms.';

CREATE FUNCTION @extschema@.update_mcp_server_health(
    p_tenant_id uuid, p_status text, p_response_time_ms integer DEFAULT NULL, p_error_message text DEFAULT NULL, p_metadata jsonb DEFAULT NULL)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_may_act_for(p_tenant_id);
    RETURN @extschema@.mcp_write_health(p_tenant_id, NULL, p_status, p_response_time_ms, p_error_message, p_metadata);
END
$$;
COMMENT ON FUNCTION @extschema@.update_mcp_server_health(uuid, text, integer, text, jsonb) IS 'Records a health report (status online, offline or degraded; response time in milliseconds) and returns the id of its row in mcp_server_health, which stands for 5 seconds and for at most ten reports, and is used again later; online also sets mcp_server_config.last_connected_at. The error message is cut to 500 characters; of metadata over 4 kB, only the size is kept. For admins of the tenant and operators. Raises 42501 for other callers, 23514 for another status, none, or a negative response time, 55P03 if another transaction keeps the row locked. The shim uses mcp_heartbeat.';

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

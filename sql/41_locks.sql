-- Locking the tables of an application without stopping it.

CREATE FUNCTION @extschema@.mcp_lock_holders(p_relations regclass[])
RETURNS TABLE (relation regclass, pid integer, holder text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
SELECT DISTINCT l.relation::regclass, l.pid,
       CASE WHEN l.pid IS NULL THEN 'a prepared transaction'
            ELSE format('session %s of %s%s, %s', l.pid, coalesce(s.usename::text, s.backend_type, 'an unknown user'),
                        coalesce(' (' || nullif(s.application_name, '') || ')', ''),
                        coalesce('in a transaction since ' || date_trunc('second', s.xact_start), 'without a transaction')) END
  FROM pg_locks l
  LEFT JOIN pg_stat_activity s ON s.pid = l.pid
 WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY (p_relations::oid[])
   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
   AND l.pid IS DISTINCT FROM pg_backend_pid()
$$;
COMMENT ON FUNCTION @extschema@.mcp_lock_holders(regclass[]) IS 'The other sessions that hold a lock on one of these tables, each with its pid (NULL: a prepared transaction) and who it is, since when. PostgreSQL shows others than superusers less of it. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_lock_mes(p_relations regclass[], p_lock_timeout_ms integer, p_again text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_attempts constant integer := 3;
    -- A session that waits for a table that is locked here and holds one that this waits for is told of a deadlock after deadlock_timeout.
    -- By then, this has given up and released everything.
    c_together constant interval := (SELECT setting::integer / 2 * interval '1 ms' FROM pg_settings WHERE name = 'deadlock_timeout');
    v_before constant text := current_setting('lock_timeout');
    v_order regclass[] := p_relations;
    v_relation regclass;
    v_until timestamptz;
    v_first boolean;
    v_holders text;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    IF p_lock_timeout_ms IS NULL OR p_lock_timeout_ms < 1 THEN
        RAISE EXCEPTION 'p_lock_timeout_ms must be at least 1' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR v_attempt IN 1..c_attempts LOOP
        BEGIN
            v_until := clock_timestamp() + p_lock_timeout_ms * interval '1 ms';
            v_first := true;
            FOREACH v_relation IN ARRAY v_order LOOP
                PERFORM set_config('lock_timeout', greatest(1, ceil(extract(epoch FROM v_until - clock_timestamp()) * 1000))::integer::text, true);
                EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', v_relation);
                IF v_first THEN
                    v_until := least(v_until, clock_timestamp() + c_together);
                    v_first := false;
                END IF;
            END LOOP;
            PERFORM set_config('lock_timeout', v_before, true);
            RETURN;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            -- All locks are released. Next time, wait for this table while nothing is held.
            v_order := v_relation || array_remove(v_order, v_relation);
        END;
        EXIT WHEN v_attempt = c_attempts;
        -- What queued behind this comes first.
        PERFORM pg_sleep(0.1);
    END LOOP;
    SELECT string_agg(h.holder, '; ' ORDER BY h.pid) INTO v_holders FROM @extschema@.mcp_lock_holders(ARRAY[v_relation]) h;
    RAISE EXCEPTION 'table % is in use: %', v_relation, coalesce(v_holders, 'by a session that has ended since')
        USING ERRCODE = 'lock_not_available',
              DETAIL = format('%s attempts of %s ms each. Nothing was changed, and nobody had to wait longer than that.', c_attempts, p_lock_timeout_ms),
              HINT = p_again;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_lock_mes(regclass[], integer, text) IS 'Locks these tables in ACCESS EXCLUSIVE mode until the transaction ends, in three attempts of at most this many milliseconds each, between which it holds nothing; restores lock_timeout. Raises 55P03, which names the sessions in the way, with p_again as HINT; 22023 for a timeout below 1, 42501 for other callers. Called by mcp_attach_mes and mcp_detach_mes. For superusers.';

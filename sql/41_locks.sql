-- Locking the tables of an application without stopping it.

CREATE FUNCTION @extschema@.mcp_with_partitions(p_relations regclass[])
RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
-- Not pg_partition_tree, which locks them.
WITH RECURSIVE tree AS (
    SELECT c.oid, c.relkind FROM pg_class c WHERE c.oid = ANY (p_relations::oid[])
    UNION
    SELECT c.oid, c.relkind
      FROM tree JOIN pg_inherits i ON i.inhparent = tree.oid AND tree.relkind = 'p' JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p')
)
SELECT oid::regclass FROM tree
$$;
COMMENT ON FUNCTION @extschema@.mcp_with_partitions(regclass[]) IS 'These tables, without those that are gone, and the partitions of those that are partitioned, at all levels. None for NULL. Reads only the catalog. For superusers and members of eryxon_mcp_owner.';

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
 WHERE l.locktype = 'relation' AND l.granted AND l.relation IN (SELECT w::oid FROM @extschema@.mcp_with_partitions(p_relations) w)
   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
   AND l.pid IS DISTINCT FROM pg_backend_pid()
$$;
COMMENT ON FUNCTION @extschema@.mcp_lock_holders(regclass[]) IS 'The other sessions that hold a lock on one of these tables or their partitions, each with its pid (NULL: a prepared transaction) and who it is, since when. PostgreSQL shows others than superusers less of it. For superusers and members of eryxon_mcp_owner.';

CREATE FUNCTION @extschema@.mcp_wait_until(p_until timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    PERFORM set_config('lock_timeout', greatest(1, ceil(extract(epoch FROM p_until - clock_timestamp()) * 1000))::integer::text, true);
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_wait_until(timestamptz) IS 'Sets lock_timeout so that the next wait for a lock ends at this instant: 1 ms for one that has passed, and for NULL. Holds until the caller, which sets lock_timeout itself, returns. For superusers.';

CREATE FUNCTION @extschema@.mcp_raise_in_use(p_reason text, p_again text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    RAISE EXCEPTION 'another session is changing the same tables, privileges or settings'
        USING ERRCODE = 'lock_not_available', DETAIL = format('Nothing was changed. PostgreSQL says: %s.', p_reason), HINT = p_again;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_raise_in_use(text, text) IS 'Always raises 55P03, with PostgreSQL''s reason in DETAIL and p_again as HINT. Called by mcp_attach_mes and mcp_detach_mes. For superusers.';

CREATE FUNCTION @extschema@.mcp_lock_settings(p_lock_timeout_ms integer)
RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_attached text;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    IF p_lock_timeout_ms IS NULL OR p_lock_timeout_ms < 1 THEN
        RAISE EXCEPTION 'p_lock_timeout_ms must be at least 1' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM @extschema@.mcp_wait_until(clock_timestamp() + p_lock_timeout_ms * interval '1 ms');
    SELECT s.mes_schema INTO v_attached FROM @extschema@.mcp_settings s FOR UPDATE;
    RETURN v_attached;
END
$$;
COMMENT ON FUNCTION @extschema@.mcp_lock_settings(integer) IS 'Locks the row of mcp_settings, which attaching and detaching do first, so that one comes after the other; leaves lock_timeout at this many milliseconds. Returns the attached schema. Raises 55P03 if another session holds the row for longer, 22023 for a timeout below 1, 42501 for other callers. Called by mcp_attach_mes and mcp_detach_mes. For superusers.';

CREATE FUNCTION @extschema@.mcp_lock_mes(p_relations regclass[], p_lock_timeout_ms integer, p_again text)
RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_attempts constant integer := 3;
    -- A session that waits for a table that is locked here and holds one that this waits for is told of a deadlock after deadlock_timeout.
    -- By then, this has given up and released everything.
    c_together constant interval := (SELECT setting::integer / 2 * interval '1 ms' FROM pg_settings WHERE name = 'deadlock_timeout');
    v_order regclass[] := ARRAY(SELECT w FROM @extschema@.mcp_with_partitions(p_relations) w);
    v_relation regclass;
    v_until timestamptz;
    v_held_since timestamptz;
    v_holders text;
BEGIN
    PERFORM @extschema@.mcp_assert_operator();
    FOR v_attempt IN 1..c_attempts LOOP
        BEGIN
            v_until := clock_timestamp() + p_lock_timeout_ms * interval '1 ms';
            v_held_since := NULL;
            FOREACH v_relation IN ARRAY v_order LOOP
                PERFORM @extschema@.mcp_wait_until(v_until);
                EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', v_relation);
                IF v_held_since IS NULL THEN
                    v_held_since := clock_timestamp();
                    v_until := least(v_until, v_held_since + c_together);
                END IF;
            END LOOP;
            -- What follows may meet others as well: a GRANT locks no table, but a row of the catalog.
            RETURN coalesce(v_held_since, clock_timestamp()) + least(p_lock_timeout_ms * interval '1 ms', c_together);
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
COMMENT ON FUNCTION @extschema@.mcp_lock_mes(regclass[], integer, text) IS 'Locks these tables and their partitions in ACCESS EXCLUSIVE mode until the transaction ends, in three attempts of at most this many milliseconds each, between which it holds nothing. Returns the instant until which what follows may wait, so that nobody waits longer. Changes lock_timeout until the caller, which sets it itself, returns. Raises 55P03, which names the sessions in the way, with p_again as HINT; 42501 for other callers. Called by mcp_attach_mes and mcp_detach_mes. For superusers.';

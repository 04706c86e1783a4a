WITH candidate AS MATERIALIZED (
    SELECT slot
      FROM ({{numbers}} OFFSET 0) numbers
     WHERE pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('eryxon_mcp.mcp_rate_slots ' || $1::text), slot)
     LIMIT 1
), created AS (
    INSERT INTO {{extension}}.mcp_rate_slots (key_id, slot, used_at)
    SELECT $1, slot, pg_catalog.clock_timestamp() FROM candidate
    ON CONFLICT DO NOTHING
    RETURNING true
)
SELECT EXISTS (SELECT FROM candidate), EXISTS (SELECT FROM created)

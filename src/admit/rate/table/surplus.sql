WITH unused AS (
    SELECT slot
      FROM {{extension}}.mcp_rate_slots
     WHERE key_id = $1
       AND slot > $2
       AND used_at <= (SELECT pg_catalog.clock_timestamp() - interval '60 seconds')
       FOR UPDATE SKIP LOCKED
), removed AS (
    DELETE FROM {{extension}}.mcp_rate_slots s
     USING unused
     WHERE s.key_id = $1
       AND s.slot = unused.slot
    RETURNING true
)
SELECT (SELECT count(*) FROM {{extension}}.mcp_rate_slots WHERE key_id = $1 AND slot > $2) - (SELECT count(*) FROM removed),
       (SELECT count(*)
          FROM {{extension}}.mcp_rate_slots
         WHERE key_id = $1
           AND used_at > (SELECT pg_catalog.clock_timestamp() - interval '60 seconds')
           AND used_at <= (SELECT pg_catalog.clock_timestamp()))

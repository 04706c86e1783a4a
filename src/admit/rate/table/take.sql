WITH free AS (
    SELECT slot, used_at
      FROM {{extension}}.mcp_rate_slots
     WHERE key_id = $1
       AND slot <= $2
       AND {{free}}
     ORDER BY used_at
     LIMIT 1
       FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE {{extension}}.mcp_rate_slots s
   SET used_at = pg_catalog.clock_timestamp()
  FROM free
 WHERE s.key_id = $1
   AND s.slot = free.slot
RETURNING free.used_at

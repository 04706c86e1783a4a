UPDATE {{extension}}.mcp_rate_slots
   SET used_at = clock_timestamp()
 WHERE key_id = $1
   AND slot = (SELECT slot
                 FROM {{extension}}.mcp_rate_slots
                WHERE key_id = $1
                  AND slot <= $2
                  AND used_at <= clock_timestamp() - interval '60 seconds'
                LIMIT 1
                  FOR NO KEY UPDATE SKIP LOCKED)
RETURNING true

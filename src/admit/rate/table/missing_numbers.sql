SELECT n AS slot
  FROM pg_catalog.generate_series(1, $2) n
 WHERE (SELECT count(*) FROM {{extension}}.mcp_rate_slots WHERE key_id = $1 AND slot <= $2) < $2
   AND NOT EXISTS (SELECT FROM {{extension}}.mcp_rate_slots s WHERE s.key_id = $1 AND s.slot = n)

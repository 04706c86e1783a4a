SELECT GREATEST(1, LEAST(60000, pg_catalog.ceil(
           EXTRACT(epoch FROM min(used_at) + interval '60 seconds' - pg_catalog.clock_timestamp()) * 1000)))::bigint
  FROM {{extension}}.mcp_rate_slots
 WHERE key_id = $1
   AND used_at > (SELECT pg_catalog.clock_timestamp() - interval '60 seconds')

SELECT pg_catalog.array_agg(pg_catalog.floor(EXTRACT(epoch FROM asked.at - call.created_at) * 1000)::integer ORDER BY call.created_at)
  FROM (SELECT pg_catalog.clock_timestamp() AS at) asked
 CROSS JOIN LATERAL (
    SELECT l.created_at
      FROM {{extension}}.mcp_key_usage_logs l
     WHERE l.key_id = $1
       AND l.created_at > asked.at - interval '60 seconds'
       AND l.created_at <= asked.at
       AND l.response_time_ms IS NOT NULL
     ORDER BY l.created_at DESC
     LIMIT $2) call

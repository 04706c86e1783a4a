SELECT pg_catalog.generate_series(last + 1, LEAST($2, last + 200)) AS slot
  FROM (SELECT coalesce(max(slot), 0) AS last FROM {{extension}}.mcp_rate_slots WHERE key_id = $1) existing

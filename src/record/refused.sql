INSERT INTO {{extension}}.mcp_refused_calls AS r
       (tenant_id, key_id, reason, minute, part, count, first_at, last_at, tool_names, client_names, key_prefixes, ip_address)
SELECT $1, $2, $3, pg_catalog.date_bin('1 minute', first_at, 'epoch'), $4, $5, first_at, pg_catalog.to_timestamp($7), $8, $9, $10,
       pg_catalog.inet_client_addr()
  FROM pg_catalog.to_timestamp($6) AS first_at
ON CONFLICT (tenant_id, key_id, reason, minute, part) DO UPDATE
   SET count = r.count + excluded.count,
       first_at = least(r.first_at, excluded.first_at),
       last_at = greatest(r.last_at, excluded.last_at),
       -- An unchanged sample stays as it is; a full one takes no more.
       tool_names = CASE WHEN r.tool_names @> excluded.tool_names THEN r.tool_names
                         ELSE (r.tool_names || excluded.tool_names)[1:{{samples}}] END,
       client_names = CASE WHEN r.client_names @> excluded.client_names THEN r.client_names
                           ELSE (r.client_names || excluded.client_names)[1:{{samples}}] END,
       key_prefixes = CASE WHEN r.key_prefixes @> excluded.key_prefixes THEN r.key_prefixes
                           ELSE (r.key_prefixes || excluded.key_prefixes)[1:{{samples}}] END,
       ip_address = excluded.ip_address
RETURNING count = $5

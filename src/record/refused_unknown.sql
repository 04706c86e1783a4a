WITH this_minute AS (
    UPDATE {{extension}}.mcp_server_logs
       SET metadata = jsonb_build_object(
               'count', (metadata ->> 'count')::bigint + 1,
               'key_prefix', $2::text,
               'client', $3::text,
               'ip_address', pg_catalog.inet_client_addr())
     WHERE id = (SELECT id
                   FROM {{extension}}.mcp_server_logs
                  WHERE event_type = 'auth_failed'
                    AND created_at >= date_trunc('minute', clock_timestamp())
                    AND tenant_id IS NOT DISTINCT FROM $1
                  LIMIT 1
                    FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING true
)
INSERT INTO {{extension}}.mcp_server_logs (tenant_id, event_type, message, metadata)
SELECT $1, 'auth_failed', 'Invalid or disabled MCP key',
       jsonb_build_object('count', 1, 'key_prefix', $2::text, 'client', $3::text, 'ip_address', pg_catalog.inet_client_addr())
 WHERE NOT EXISTS (SELECT FROM this_minute)

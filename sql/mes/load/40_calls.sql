-- Recorded calls of 30 days and the keys that made them, as src/record would have written them: 92 % succeeded, 2 % were
-- refused, which are only counted by key and minute.

WITH call AS (
    SELECT c.n, k.seed, k.id AS tenant_id, c.key, pg_temp.load_id(k.seed, '/key/', c.key) AS key_id,
           now() - interval '2 minutes' - (r.last_call - c.n + pg_temp.load_share(c.n, 41)) / (r.last_call - r.calls_before) * interval '30 days' AS at,
           (ARRAY['fetch_jobs', 'fetch_operations', 'fetch_parts', 'get_dashboard_stats', 'fetch_tasks', 'fetch_substeps', 'update_job',
                  'start_job'])[1 + floor(8 * power(pg_temp.load_share(c.n, 42), 1.7))::integer] AS tool,
           CASE WHEN c.n % 25 = 7 THEN 'invalid_arguments: unknown field: custommer' WHEN c.n % 50 = 11 THEN 'timeout: the call took longer than statement_timeout and was stopped'
                WHEN c.n % 50 = 23 THEN 'Rate limit exceeded' END AS error,
           c.n % 50 = 23 AS refused,
           CASE c.n % 50 WHEN 23 THEN NULL WHEN 11 THEN 30000 ELSE greatest(1, round(16 * exp(1.2 * (pg_temp.load_share(c.n, 43) + pg_temp.load_share(c.n, 44) - 1)))) END::integer AS ms
      FROM load_tenant k
     CROSS JOIN LATERAL (SELECT round(10 * k.all_jobs * k.since)::integer AS calls_before, round(10 * k.all_jobs * k.upto)::integer AS last_call) r
     CROSS JOIN LATERAL (SELECT n, k.keys_before + 1 + floor(k.keys * power(pg_temp.load_share(n, 40), 2))::integer AS key
                           FROM generate_series(r.calls_before + 1, r.last_call) AS n) c
), usage AS (
    INSERT INTO mcp_key_usage_logs (id, tenant_id, key_id, tool_name, tool_arguments, success, error_message, response_time_ms, created_at,
                                    ip_address, user_agent)
    SELECT pg_temp.load_id(seed, '/call/', n), tenant_id, key_id, tool, '{"limit": 50}', error IS NULL, error, ms, at, '192.0.2.10', 'load/1'
      FROM call WHERE NOT refused
), refusal AS (
    INSERT INTO mcp_refused_calls (tenant_id, key_id, reason, minute, count, first_at, last_at, tool_names, client_names, ip_address)
    SELECT tenant_id, key_id, 'rate_limit', date_trunc('minute', at), count(*), min(at), max(at), (array_agg(DISTINCT tool))[1:5], '{load/1}', '192.0.2.10'
      FROM call WHERE refused GROUP BY tenant_id, key_id, date_trunc('minute', at)
)
INSERT INTO activity_log (id, tenant_id, user_name, user_email, action, entity_type, entity_id, entity_name, description, metadata,
                          ip_address, user_agent, created_at)
SELECT pg_temp.load_id(seed, '/activity/', n), tenant_id, 'MCP Server', 'MCP Server', CASE WHEN error IS NULL THEN 'mcp_execute' ELSE 'mcp_error' END,
       'mcp_tool', pg_temp.load_id(seed, '/call/', n), tool, 'MCP tool ' || tool,
       jsonb_build_object('key_id', key_id, 'key_name', 'Key ' || key, 'tool_name', tool, 'tool_arguments', '{"limit": 50}'::jsonb,
                          'success', error IS NULL, 'error_message', error, 'response_time_ms', ms),
       '192.0.2.10', 'load/1', at
  FROM call WHERE NOT refused;

-- No secret matches the keys' hashes, as in the demo: rotate_mcp_key gives such a key a secret.
INSERT INTO mcp_keys (id, tenant_id, key_hash, key_prefix, name, allowed_tools, created_at, updated_at)
SELECT k.id, t.id, '$2b$10$' || left(md5(k.id || 'salt'), 21) || '.' || left(md5(k.id || 'hash'), 30) || 'x',
       'mcp_live_' || left(translate(encode(decode(md5(k.id::text), 'hex'), 'base64'), '+/', '-_'), 11), 'Key ' || k.n, '["*"]',
       now() - interval '60 days', now() - interval '60 days'
  FROM load_tenant t
 CROSS JOIN LATERAL (SELECT n, pg_temp.load_id(t.seed, '/key/', n) AS id FROM generate_series(t.keys_before + 1, t.keys_before + t.keys) AS n) k;

INSERT INTO mcp_key_counters (key_id, tenant_id, uses, last_used_at)
SELECT l.key_id, l.tenant_id, count(*), max(l.created_at)
  FROM mcp_key_usage_logs l JOIN load_tenant t ON t.id = l.tenant_id
 WHERE l.response_time_ms IS NOT NULL
 GROUP BY l.key_id, l.tenant_id;

-- What fetch_jobs cannot do without: its own query for its own page, and one row in each of the two records.
-- The mark below is replaced by the tool's query as it stands in src/.
WITH usage AS (
    INSERT INTO mcp_key_usage_logs (id, tenant_id, key_id, tool_name, tool_arguments, success, response_time_ms, user_agent)
    VALUES (gen_random_uuid(), :tenant, :key_id, 'fetch_jobs', '{"limit": 50}', true, 2, 'bench/1')
), activity AS (
    INSERT INTO activity_log (tenant_id, user_name, user_email, action, entity_type, entity_id, entity_name, description, metadata, user_agent)
    VALUES (:tenant, 'MCP Server', 'MCP Server', 'mcp_execute', 'mcp_tool', gen_random_uuid(), 'fetch_jobs', 'MCP tool fetch_jobs',
            '{"key_id": "6b1f2d3c-8a54-4e0f-9b7d-2c5e1a9047d1", "key_name": "Bench", "tool_name": "fetch_jobs", "tool_arguments": {"limit": 50}, "success": true, "error_message": null, "response_time_ms": 2}',
            'bench/1')
)
SELECT '[' || string_agg(page.row, ',') || ']'
  FROM (/*page*/) AS page (row, sort_key, id);

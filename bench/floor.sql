-- The least that fetch_jobs has to do: the same 50 rows as JSON from the same plain query, and one row in each of the two records.
-- Written out here rather than generated from the tool's sources, so that the baseline stays fixed.
WITH usage AS (
    INSERT INTO mcp_key_usage_logs (id, tenant_id, key_id, tool_name, tool_arguments, success, response_time_ms, user_agent)
    VALUES (gen_random_uuid(), :tenant, :key_id, 'fetch_jobs', '{"limit": 50}', true, 2, 'bench/1')
), activity AS (
    INSERT INTO activity_log (tenant_id, user_name, user_email, action, entity_type, entity_id, entity_name, description, metadata, user_agent)
    VALUES (:tenant, 'MCP Server', 'MCP Server', 'mcp_execute', 'mcp_tool', gen_random_uuid(), 'fetch_jobs', 'MCP tool fetch_jobs',
            '{"key_id": "6b1f2d3c-8a54-4e0f-9b7d-2c5e1a9047d1", "key_name": "Bench", "tool_name": "fetch_jobs", "tool_arguments": {"limit": 50}, "success": true, "error_message": null, "response_time_ms": 2}',
            'bench/1')
), page AS (
    SELECT j.*
      FROM jobs j
     WHERE j.tenant_id = :tenant AND j.deleted_at IS NULL
     ORDER BY j.created_at DESC, j.id DESC
     LIMIT 50
)
SELECT json_agg(r ORDER BY j.created_at DESC, j.id DESC)
  FROM page j
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE p.status = 'completed') AS completed
      FROM parts p
     WHERE p.tenant_id = j.tenant_id AND p.job_id = j.id AND p.deleted_at IS NULL) p
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE o.status = 'completed') AS completed
      FROM parts p
      JOIN operations o ON o.tenant_id = p.tenant_id AND o.part_id = p.id AND o.deleted_at IS NULL
     WHERE p.tenant_id = j.tenant_id AND p.job_id = j.id AND p.deleted_at IS NULL) o
 CROSS JOIN LATERAL (
    SELECT count(*) AS open
      FROM parts p
      JOIN operations o ON o.tenant_id = p.tenant_id AND o.part_id = p.id AND o.deleted_at IS NULL
      JOIN issues i ON i.tenant_id = o.tenant_id AND i.operation_id = o.id AND i.status = 'pending'
     WHERE p.tenant_id = j.tenant_id AND p.job_id = j.id AND p.deleted_at IS NULL) i
 CROSS JOIN LATERAL (
    SELECT j.id, j.job_number, j.customer, j.status, coalesce(j.due_date_override, j.due_date) AS effective_due_date,
           j.due_date, j.due_date_override,
           coalesce(coalesce(j.due_date_override, j.due_date) < now() AND j.status <> 'completed', false) AS overdue,
           j.metadata ->> 'priority' AS priority, j.current_cell_id,
           (SELECT c.name FROM cells c WHERE c.tenant_id = j.tenant_id AND c.id = j.current_cell_id) AS current_cell_name,
           p AS parts, o AS operations, i.open AS open_issues, j.created_at, j.updated_at, j.started_at, j.completed_at) r;

-- Contradictions in the loaded tenants: one line, which is empty if there are none. For the tests of mes_seed_load.
WITH loaded AS (
    SELECT id FROM mes.tenants WHERE name LIKE 'Load %'
), job AS (
    SELECT j.* FROM mes.jobs j JOIN loaded l ON l.id = j.tenant_id
), part AS (
    SELECT p.* FROM mes.parts p JOIN loaded l ON l.id = p.tenant_id
), operation AS (
    SELECT o.* FROM mes.operations o JOIN loaded l ON l.id = o.tenant_id
), issue AS (
    SELECT i.* FROM mes.issues i JOIN loaded l ON l.id = i.tenant_id
), parts_of_job AS (
    SELECT tenant_id, job_id, bool_and(status = 'completed') AS done, bool_or(status <> 'not_started') AS begun,
           bool_or(status = 'in_progress') AS running
      FROM part GROUP BY 1, 2
), operations_of_part AS (
    SELECT tenant_id, part_id, bool_and(status = 'completed') AS done, bool_or(status <> 'not_started') AS begun,
           count(*) FILTER (WHERE status = 'in_progress') AS running, count(*) FILTER (WHERE status = 'on_hold') AS held,
           max(cell_id::text) FILTER (WHERE status = 'in_progress') AS cell, max(completed_at) AS completed_at
      FROM operation GROUP BY 1, 2
), found (what, rows) AS (
    SELECT 'jobs and their parts', count(*) FROM job j JOIN parts_of_job p ON p.tenant_id = j.tenant_id AND p.job_id = j.id
     WHERE CASE j.status WHEN 'completed' THEN NOT p.done WHEN 'not_started' THEN p.begun ELSE p.done OR NOT p.begun END
        OR p.running <> (j.current_cell_id IS NOT NULL) OR (j.status = 'not_started') <> (j.started_at IS NULL)
        OR (j.status = 'completed') <> (j.completed_at IS NOT NULL)
    UNION ALL
    SELECT 'jobs without parts', count(*) FROM job j
     WHERE NOT EXISTS (SELECT 1 FROM parts_of_job p WHERE p.tenant_id = j.tenant_id AND p.job_id = j.id)
    UNION ALL
    SELECT 'completed jobs and their last operation', count(*)
      FROM (SELECT j.completed_at, max(o.completed_at) AS last
              FROM job j JOIN part p ON p.tenant_id = j.tenant_id AND p.job_id = j.id
              JOIN operations_of_part o ON o.tenant_id = p.tenant_id AND o.part_id = p.id
             WHERE j.status = 'completed' GROUP BY j.tenant_id, j.id, j.completed_at) x
     WHERE completed_at <> last OR completed_at > now()
    UNION ALL
    SELECT 'parts and their operations', count(*) FROM part p
      LEFT JOIN operations_of_part o ON o.tenant_id = p.tenant_id AND o.part_id = p.id
     WHERE o.done IS NULL OR (p.status = 'in_progress') <> (p.current_cell_id IS NOT NULL)
        OR CASE p.status WHEN 'completed' THEN NOT o.done WHEN 'not_started' THEN o.begun
                         WHEN 'in_progress' THEN o.running <> 1 OR o.cell <> p.current_cell_id::text ELSE o.held <> 1 OR o.running > 0 END
    UNION ALL
    SELECT 'single operations', count(*) FROM operation
     WHERE (status = 'completed') <> (completed_at IS NOT NULL) OR (status = 'completed') <> (completion_percentage = 100)
        OR (status = 'not_started') <> (actual_time = 0) OR completed_at > now() OR completed_at <= created_at OR planned_end IS NULL
    UNION ALL
    SELECT 'operations and the preceding one', count(*)
      FROM (SELECT status, completed_at, lag(status) OVER w AS before, lag(completed_at) OVER w AS completed_before
              FROM operation WINDOW w AS (PARTITION BY tenant_id, part_id ORDER BY sequence)) x
     WHERE (status <> 'not_started' AND before <> 'completed') OR completed_at <= completed_before
    UNION ALL
    SELECT 'pieces and the part''s quantity', count(*)
      FROM (SELECT o.status, p.quantity, sum(q.quantity_produced) AS made, bool_or(q.recorded_at > now()) AS ahead
              FROM operation o JOIN mes.operation_quantities q ON q.tenant_id = o.tenant_id AND q.operation_id = o.id
              JOIN part p ON p.tenant_id = o.tenant_id AND p.id = o.part_id
             GROUP BY o.tenant_id, o.id, o.status, p.quantity) x
     WHERE made > quantity OR (status = 'completed') <> (made = quantity) OR status = 'not_started' OR ahead
    UNION ALL
    SELECT 'single issues', count(*) FROM issue
     WHERE (issue_type = 'ncr') <> (ncr_number IS NOT NULL) OR (status = 'pending') <> (reviewed_at IS NULL)
        OR NOT coalesce(reviewed_at BETWEEN created_at AND now(), true) OR created_at > now()
    UNION ALL
    SELECT 'standstills', count(*) FROM issue i JOIN operation o ON o.tenant_id = i.tenant_id AND o.id = i.operation_id
     WHERE i.causes_standstill AND o.status <> 'on_hold'
    UNION ALL
    SELECT 'NCR numbers and their counters', count(*)
      FROM (SELECT tenant_id, split_part(ncr_number, '-', 2)::integer AS year, count(*) AS n, max(split_part(ncr_number, '-', 3)::integer) AS last
              FROM issue WHERE ncr_number IS NOT NULL GROUP BY 1, 2) i
      FULL JOIN (SELECT c.* FROM mes.ncr_counters c JOIN loaded l ON l.id = c.tenant_id) c ON c.tenant_id = i.tenant_id AND c.year = i.year
     WHERE c.last_number IS DISTINCT FROM i.last OR i.n <> i.last
    UNION ALL
    SELECT 'tenants and their number of jobs', count(*) FROM mes.tenants t JOIN loaded l ON l.id = t.id
     WHERE t.current_jobs <> (SELECT count(*) FROM job j WHERE j.tenant_id = t.id)
    UNION ALL
    SELECT 'keys and their calls', count(*) FROM public.mcp_authentication_keys k JOIN loaded l ON l.id = k.tenant_id
      LEFT JOIN (SELECT tenant_id, key_id, count(*) AS n, max(created_at) AS latest FROM public.mcp_key_usage_logs
                  WHERE response_time_ms IS NOT NULL GROUP BY 1, 2) u ON u.tenant_id = k.tenant_id AND u.key_id = k.id
     WHERE k.usage_count <> coalesce(u.n, 0) OR k.last_used_at IS DISTINCT FROM u.latest
    UNION ALL
    SELECT 'calls and their activity', count(*)
      FROM (SELECT u.* FROM public.mcp_key_usage_logs u JOIN loaded l ON l.id = u.tenant_id WHERE response_time_ms IS NOT NULL) u
      FULL JOIN (SELECT a.* FROM mes.activity_log a JOIN loaded l ON l.id = a.tenant_id) a ON a.tenant_id = u.tenant_id AND a.entity_id = u.id
     WHERE a.entity_name IS DISTINCT FROM u.tool_name OR a.created_at IS DISTINCT FROM u.created_at
)
SELECT coalesce(string_agg(what || ': ' || rows, ', '), '') FROM found WHERE rows > 0

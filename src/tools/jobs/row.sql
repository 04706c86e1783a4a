SELECT json_build_object(
           'id', j.id,
           'job_number', j.job_number,
           'customer', j.customer,
           'status', coalesce(j.status, 'not_started'),
           'effective_due_date', /*due*/,
           'due_date', j.due_date,
           'due_date_override', j.due_date_override,
           'overdue', coalesce(/*overdue*/, false),
           'priority', CASE WHEN j.metadata ->> 'priority' IN ('low', 'normal', 'high', 'urgent')
                            THEN j.metadata ->> 'priority' END,
           'current_cell_id', j.current_cell_id,
           'current_cell_name', (SELECT c.name FROM cells c WHERE c.tenant_id = $1 AND c.id = j.current_cell_id),
           'parts', json_build_object('total', p.total, 'completed', p.completed),
           'operations', json_build_object('total', o.total, 'completed', o.completed),
           'open_issues', i.open,
           'created_at', j.created_at,
           'updated_at', j.updated_at,
           'started_at', j.started_at,
           'completed_at', j.completed_at)::text,
       to_jsonb(j.sort_key) #>> '{}',
       j.id
  FROM page j
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE p.status = 'completed') AS completed
      FROM parts p
     WHERE p.tenant_id = $1 AND p.job_id = j.id AND p.deleted_at IS NULL) p
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE o.status = 'completed') AS completed
      FROM parts p
      JOIN operations o ON o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL
     WHERE p.tenant_id = $1 AND p.job_id = j.id AND p.deleted_at IS NULL) o
 CROSS JOIN LATERAL (
    SELECT count(*) AS open
      FROM parts p
      JOIN operations o ON o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL
      JOIN issues i ON i.tenant_id = $1 AND i.operation_id = o.id AND i.status = 'pending'
     WHERE p.tenant_id = $1 AND p.job_id = j.id AND p.deleted_at IS NULL) i
 ORDER BY j.sort_key /*direction*/, j.id /*direction*/

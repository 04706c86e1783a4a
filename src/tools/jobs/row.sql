SELECT row_to_json(r)::text,
       to_jsonb(j.sort_key) #>> '{}',
       j.id
  FROM page j
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE p.status = 'completed') AS completed
      FROM {{mes}}.parts p
     WHERE p.tenant_id = $1 AND p.job_id = j.id AND p.deleted_at IS NULL) p
 CROSS JOIN LATERAL (
    SELECT count(*) AS total, count(*) FILTER (WHERE o.status = 'completed') AS completed
      FROM {{mes}}.parts p
      JOIN {{mes}}.operations o ON o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL
     WHERE p.tenant_id = $1 AND p.job_id = j.id AND p.deleted_at IS NULL) o
 CROSS JOIN LATERAL (
    SELECT count(*) AS open
      FROM {{mes}}.parts p
      JOIN {{mes}}.operations o ON o.tenant_id = $1 AND o.part_id = p.id AND o.deleted_at IS NULL
      JOIN {{mes}}.issues i ON i.tenant_id = $1 AND i.operation_id = o.id AND {{is_pending}}
     WHERE p.tenant_id = $1 AND p.job_id = j.id AND p.deleted_at IS NULL) i
 CROSS JOIN LATERAL (
    SELECT j.id,
           j.job_number,
           j.customer,
           coalesce(j.status, 'not_started') AS status,
           {{due}} AS effective_due_date,
           j.due_date,
           j.due_date_override,
           coalesce({{overdue}}, false) AS overdue,
           CASE WHEN j.metadata ->> 'priority' IN ('low', 'normal', 'high', 'urgent')
                THEN j.metadata ->> 'priority' END AS priority,
           j.current_cell_id,
           (SELECT c.name FROM {{mes}}.cells c WHERE c.tenant_id = $1 AND c.id = j.current_cell_id) AS current_cell_name,
           p AS parts,
           o AS operations,
           i.open AS open_issues,
           j.created_at,
           j.updated_at,
           j.started_at,
           j.completed_at{{more}}) r
 ORDER BY j.sort_key {{direction}}, j.id {{direction}}

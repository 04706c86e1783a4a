SELECT row_to_json(r)::text,
       to_jsonb(o.sort_key) #>> '{}',
       o.id
  FROM page o
 CROSS JOIN LATERAL (
    SELECT json_agg(b.blocker ORDER BY b.kind, b.position, b.id) AS blockers
      FROM ((SELECT 1 AS kind, 0 AS position, i.id,
                    row_to_json((SELECT b FROM (SELECT 'standstill_issue' AS reason, i.id, i.severity) b)) AS blocker
               FROM {{mes}}.issues i
              WHERE i.tenant_id = $1 AND i.operation_id = o.id AND {{is_pending}} AND i.causes_standstill
              ORDER BY i.id
              LIMIT 10)
            UNION ALL
            (SELECT 2, e.sequence, e.id,
                    row_to_json((SELECT b FROM (SELECT 'earlier_operation' AS reason, e.id, e.operation_name, e.sequence,
                                                       coalesce(e.status, 'not_started') AS status) b))
               FROM {{mes}}.operations e
              WHERE e.tenant_id = $1 AND e.part_id = o.part_id AND e.deleted_at IS NULL
                AND e.sequence < o.sequence AND e.status IS DISTINCT FROM 'completed'
              ORDER BY e.sequence, e.id
              LIMIT 10)
            LIMIT 10) b
     WHERE o.status IS DISTINCT FROM 'completed') b
 CROSS JOIN LATERAL (
    SELECT o.id,
           o.operation_name,
           o.part_id,
           o.part_number,
           o.job_id,
           o.job_number,
           o.cell_id,
           o.cell_name,
           o.assigned_operator_id,
           (SELECT f.full_name FROM {{mes}}.profiles f WHERE f.tenant_id = $1 AND f.id = o.assigned_operator_id) AS assigned_operator_name,
           o.sequence,
           coalesce(o.status, 'not_started') AS status,
           o.estimated_time AS estimated_time_minutes,
           coalesce(o.actual_time, 0) AS actual_time_minutes,
           coalesce(o.completion_percentage, 0) AS completion_percentage,
           o.planned_start,
           o.planned_end,
           coalesce(o.late, false) AS late,
           o.completed_at,
           (SELECT count(*) FROM {{mes}}.time_entries t
                WHERE t.tenant_id = $1 AND t.operation_id = o.id AND t.end_time IS NULL) AS running_time_entries,
           (SELECT count(*) FROM {{mes}}.issues i WHERE i.tenant_id = $1 AND i.operation_id = o.id AND {{is_pending}}) AS open_issues,
           coalesce(b.blockers, '[]') AS blocked_by,
           o.created_at,
           o.updated_at{{more}}) r
 ORDER BY o.sort_key {{direction}}, o.id {{direction}}

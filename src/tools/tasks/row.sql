SELECT json_build_object(
           'id', o.id,
           'task_name', o.operation_name,
           'part_id', o.part_id,
           'part_number', o.part_number,
           'job_id', o.job_id,
           'job_number', o.job_number,
           'cell_id', o.cell_id,
           'cell_name', o.cell_name,
           'sequence', o.sequence,
           'status', CASE coalesce(o.status, 'not_started')
                     WHEN 'not_started' THEN 'pending' WHEN 'on_hold' THEN 'paused' ELSE o.status::text END,
           'assigned_to', f.id,
           'assignee_name', (SELECT f2.full_name FROM profiles f2 WHERE f2.tenant_id = $1 AND f2.id = f.id),
           'estimated_time_minutes', o.estimated_time,
           'actual_time_minutes', coalesce(o.actual_time, 0),
           'planned_start', o.planned_start,
           'effective_due_date', o.effective_due_date,
           'is_bullet_card', coalesce(o.is_bullet_card, false),
           'created_at', o.created_at)::text,
       to_jsonb(o.sort_key) #>> '{}',
       o.id
  FROM page o
 CROSS JOIN LATERAL (
    SELECT coalesce(o.assigned_operator_id,
                    (SELECT a.operator_id
                       FROM assignments a
                      WHERE a.tenant_id = $1 AND a.operator_id IS NOT NULL
                        AND (a.part_id = o.part_id OR (a.part_id IS NULL AND a.job_id = o.job_id))
                      ORDER BY a.part_id IS NULL, a.id
                      LIMIT 1)) AS id) f
 ORDER BY o.sort_key /*direction*/, o.id /*direction*/

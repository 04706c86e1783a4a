SELECT row_to_json(r)::text,
       to_jsonb(o.sort_key) #>> '{}',
       o.id
  FROM page o
 CROSS JOIN LATERAL (
    SELECT coalesce(o.assigned_operator_id,
                    (SELECT coalesce(a.operator_id, a.shop_floor_operator_id)
                       FROM {{mes}}.assignments a
                      WHERE a.tenant_id = $1 AND (a.part_id = o.part_id OR (a.part_id IS NULL AND a.job_id = o.job_id))
                      ORDER BY a.part_id IS NULL, a.operator_id IS NULL, a.id
                      LIMIT 1)) AS id) f
 CROSS JOIN LATERAL (
    SELECT o.id,
           o.operation_name AS task_name,
           o.part_id,
           o.part_number,
           o.job_id,
           o.job_number,
           o.cell_id,
           o.cell_name,
           o.sequence,
           CASE coalesce(o.status, 'not_started')
                WHEN 'not_started' THEN 'pending' WHEN 'on_hold' THEN 'paused' ELSE o.status::text END AS status,
           f.id AS assigned_to,
           coalesce((SELECT r.full_name FROM {{mes}}.profiles r WHERE r.tenant_id = $1 AND r.id = f.id),
                    (SELECT r.full_name FROM {{mes}}.operators r WHERE r.tenant_id = $1 AND r.id = f.id)) AS assignee_name,
           o.estimated_time AS estimated_time_minutes,
           coalesce(o.actual_time, 0) AS actual_time_minutes,
           o.planned_start,
           o.effective_due_date,
           coalesce(o.is_bullet_card, false) AS is_bullet_card,
           o.created_at) r
 ORDER BY o.sort_key {{direction}}, o.id {{direction}}

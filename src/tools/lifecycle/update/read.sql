SELECT json_build_object('status', coalesce(status, 'not_started'), 'completion_percentage', coalesce(completion_percentage, 0),
                         'assigned_operator_id', assigned_operator_id, 'planned_start', planned_start,
                         'planned_end', planned_end, 'estimated_time_minutes', estimated_time, 'notes', notes)::text
  FROM {{mes}}.operations
 WHERE tenant_id = $1
   AND id = $2

SELECT json_agg(json_build_object('id', o.id, 'operation_name', o.operation_name, 'part_number', p.part_number,
                                  'job_number', j.job_number, 'actual_time_minutes', coalesce(o.actual_time, 0))
                ORDER BY j.job_number, p.part_number, o.sequence, o.id)::text
  FROM {{mes}}.operations o
  JOIN {{mes}}.parts p ON p.tenant_id = $1 AND p.id = o.part_id
  JOIN {{mes}}.jobs j ON j.tenant_id = $1 AND j.id = p.job_id
 WHERE o.tenant_id = $1
   AND o.id = ANY ($2)

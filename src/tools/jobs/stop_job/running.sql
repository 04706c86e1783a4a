SELECT json_build_object(
           'operations', count(*) FILTER (WHERE o.status = 'in_progress'),
           'time_entries', coalesce(sum((SELECT count(*)
                                           FROM {{mes}}.time_entries t
                                          WHERE t.tenant_id = $1 AND t.operation_id = o.id AND t.end_time IS NULL)), 0))::text
  FROM {{live_operations}}
   AND p.job_id = $2

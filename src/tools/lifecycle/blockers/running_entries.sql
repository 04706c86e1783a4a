SELECT json_agg(b.blocker)::text
  FROM (SELECT json_build_object('reason', 'running_time_entry', 'id', t.id, 'operation_id', t.operation_id,
                                 'operator_id', t.operator_id, 'start_time', t.start_time) AS blocker
          FROM {{mes}}.time_entries t
         WHERE t.tenant_id = $1
           AND t.operation_id = ANY ($2)
           AND t.end_time IS NULL
         ORDER BY t.start_time, t.id
         LIMIT 10) b

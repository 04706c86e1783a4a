SELECT json_agg(b.blocker)::text
  FROM (SELECT json_build_object('reason', 'unfinished_substep', 'id', s.id, 'operation_id', s.operation_id,
                                 'name', s.name, 'status', coalesce(s.status, 'not_started')) AS blocker
          FROM {{mes}}.substeps s
         WHERE s.tenant_id = $1
           AND s.operation_id = ANY ($2)
           AND s.status IS DISTINCT FROM 'completed'
         ORDER BY s.operation_id, s.sequence, s.id
         LIMIT 10) b

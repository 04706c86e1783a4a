SELECT json_agg(b.blocker)::text
  FROM (SELECT json_build_object('reason', 'earlier_operation', 'id', e.id, 'operation_name', e.operation_name,
                                 'sequence', e.sequence, 'status', coalesce(e.status, 'not_started')) AS blocker
          FROM {{mes}}.operations o
          JOIN {{mes}}.operations e ON e.tenant_id = $1 AND e.part_id = o.part_id AND e.deleted_at IS NULL
                           AND e.sequence < o.sequence AND e.status IS DISTINCT FROM 'completed'
         WHERE o.tenant_id = $1
           AND o.id = ANY ($2)
         ORDER BY e.sequence, e.id
         LIMIT 10) b

SELECT json_agg(b.blocker)::text
  FROM (SELECT json_build_object('reason', 'open_operation', 'id', o.id, 'part_id', o.part_id,
                                 'operation_name', o.operation_name, 'sequence', o.sequence,
                                 'status', coalesce(o.status, 'not_started')) AS blocker
          FROM {{mes}}.operations o
         WHERE o.tenant_id = $1
           AND o.id = ANY ($2)
         ORDER BY o.part_id, o.sequence, o.id
         LIMIT 10) b

-- The operations of a part that have been started. One that a Yellow Card parked before it was started has not.
SELECT json_agg(b.blocker)::text
  FROM (SELECT json_build_object('reason', 'begun_operation', 'id', o.id, 'operation_name', o.operation_name,
                                 'sequence', o.sequence, 'status', o.status) AS blocker
          FROM {{mes}}.operations o
         WHERE o.tenant_id = $1
           AND o.part_id = ANY ($2)
           AND o.deleted_at IS NULL
           AND (o.status IN ('in_progress', 'completed')
                OR (o.status = 'on_hold' AND o.status_before_hold IS DISTINCT FROM 'not_started'))
         ORDER BY o.sequence, o.id
         LIMIT 10) b

-- Of these parts: the operations that are not completed, and those on which time is still booked.
SELECT json_agg(o.id)::text
  FROM {{mes}}.operations o
 WHERE o.tenant_id = $1
   AND o.part_id = ANY ($2)
   AND o.deleted_at IS NULL
   AND (o.status IS DISTINCT FROM 'completed'
        OR EXISTS (SELECT 1 FROM {{mes}}.time_entries t
                    WHERE t.tenant_id = $1 AND t.operation_id = o.id AND t.end_time IS NULL))

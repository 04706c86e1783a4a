UPDATE {{mes}}.operations o
   SET status = 'completed',
       completed_at = now(),
       completion_percentage = 100,
       status_before_hold = NULL,
       actual_time = coalesce({{booked}}, o.actual_time),
       notes = {{noted}},
       updated_at = now()
 WHERE o.tenant_id = $1
   AND o.id = ANY ($2)

UPDATE {{mes}}.operations o
   SET actual_time = coalesce({{booked}}, o.actual_time),
       updated_at = now()
 WHERE o.tenant_id = $1
   AND o.id = ANY ($2)

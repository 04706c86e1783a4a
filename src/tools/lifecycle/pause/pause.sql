UPDATE {{mes}}.operations o
   SET status = 'on_hold',
       -- The end of a Yellow Card must not undo what a person did.
       status_before_hold = CASE WHEN EXISTS (SELECT 1 FROM {{mes}}.issues i
                                               WHERE i.tenant_id = $1 AND i.operation_id = o.id AND i.causes_standstill
                                                 AND {{is_pending}}) THEN 'on_hold'::{{mes}}.task_status END,
       actual_time = coalesce(CASE WHEN $3 THEN {{booked}} END, o.actual_time),
       notes = {{noted}},
       updated_at = now()
 WHERE o.tenant_id = $1
   AND o.id = $2

-- Parked days go where they were, and as many days on as the operation's first day.
WITH {{wanted}}
UPDATE {{mes}}.operation_day_allocations a
   SET date = a.date - 100000 + w.days
  FROM wanted w
 WHERE a.tenant_id = $1
   AND a.operation_id = w.id
   AND w.days <> 0

SELECT id
  FROM {{mes}}.time_entries
 WHERE tenant_id = $1
   AND operation_id = $2
   AND operator_id = $3
   AND end_time IS NULL
 ORDER BY id
 LIMIT 1

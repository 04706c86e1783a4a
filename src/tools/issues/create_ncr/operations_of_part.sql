SELECT o.id
  FROM {{live_operations}}
   AND o.part_id = $2
   AND o.sequence = $3
 ORDER BY o.id
 LIMIT 10

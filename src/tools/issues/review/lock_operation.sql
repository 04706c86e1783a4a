SELECT coalesce(o.status::text, 'not_started')
  FROM {{live_operations}}
   AND o.id = $2
   FOR NO KEY UPDATE OF o

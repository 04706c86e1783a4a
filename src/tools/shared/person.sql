SELECT coalesce(active, true)
  FROM {{mes}}.profiles
 WHERE tenant_id = $1
   AND id = $2

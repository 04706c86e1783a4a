SELECT coalesce(active, true)
  FROM profiles
 WHERE tenant_id = $1
   AND id = $2

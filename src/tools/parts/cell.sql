SELECT coalesce(active, true)
  FROM {{mes}}.cells
 WHERE tenant_id = $1
   AND id = $2
   AND deleted_at IS NULL

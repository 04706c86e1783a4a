SELECT id, name, coalesce(active, true)
  FROM {{mes}}.cells
 WHERE tenant_id = $1
   AND deleted_at IS NULL
 ORDER BY sequence, id

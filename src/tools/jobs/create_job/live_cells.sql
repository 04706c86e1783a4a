SELECT json_agg(json_build_object('id', id, 'name', name, 'active', coalesce(active, true)) ORDER BY sequence, id)::text
  FROM {{mes}}.cells
 WHERE tenant_id = $1
   AND deleted_at IS NULL

SELECT json_build_object('resource_id', r.id, 'resource_name', r.name, 'resource_type', r.type,
                         'status', coalesce(r.status, 'available'), 'active', coalesce(r.active, true),
                         'total_quantity', {{resource_pieces}})::text
  FROM {{mes}}.resources r
 WHERE r.tenant_id = $1
   AND r.id = $2
   AND r.deleted_at IS NULL
   FOR NO KEY UPDATE

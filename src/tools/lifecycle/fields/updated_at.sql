SELECT $3::timestamptz IS NULL OR updated_at IS NOT DISTINCT FROM $3::timestamptz, to_jsonb(updated_at) #>> '{}'
  FROM {{table}}
 WHERE tenant_id = $1
   AND id = $2

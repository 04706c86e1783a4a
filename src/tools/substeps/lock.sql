SELECT coalesce(status, 'not_started')
  FROM {{mes}}.substeps
 WHERE tenant_id = $1
   AND id = $2
   FOR NO KEY UPDATE

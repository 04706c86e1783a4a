SELECT operation_id
  FROM {{mes}}.substeps
 WHERE tenant_id = $1
   AND id = $2

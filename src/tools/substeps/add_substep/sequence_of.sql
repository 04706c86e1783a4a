SELECT sequence
  FROM {{mes}}.substeps
 WHERE tenant_id = $1
   AND operation_id = $2
   AND id = $3

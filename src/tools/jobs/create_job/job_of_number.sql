SELECT id, deleted_at IS NOT NULL
  FROM {{mes}}.jobs
 WHERE tenant_id = $1
   AND job_number = $2

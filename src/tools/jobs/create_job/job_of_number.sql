SELECT json_build_object('id', id, 'deleted', deleted_at IS NOT NULL)::text
  FROM {{mes}}.jobs
 WHERE tenant_id = $1
   AND job_number = $2

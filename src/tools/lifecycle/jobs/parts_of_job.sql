SELECT json_agg(p.id)::text
  FROM {{mes}}.parts p
 WHERE p.tenant_id = $1
   AND p.job_id = $2
   AND p.deleted_at IS NULL

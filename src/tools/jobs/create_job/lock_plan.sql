-- Locked, so that two calls cannot both use up what the plan allows.
SELECT json_build_object('status', coalesce(status::text, ''), 'max_jobs', max_jobs, 'current_jobs', coalesce(current_jobs, 0))::text
  FROM {{mes}}.tenants
 WHERE id = $1
   FOR NO KEY UPDATE

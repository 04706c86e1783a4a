-- Locked, because what the plan allows must not be used up twice.
SELECT status::text, max_jobs, current_jobs
  FROM {{mes}}.tenants
 WHERE id = $1
   FOR NO KEY UPDATE

UPDATE jobs
   SET status = 'in_progress',
       started_at = coalesce(started_at, now()),
       updated_at = now()
 WHERE tenant_id = $1
   AND id = $2

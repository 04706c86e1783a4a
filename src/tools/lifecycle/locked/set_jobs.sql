UPDATE {{mes}}.jobs
   SET status = $3::{{mes}}.job_status,
       started_at = CASE WHEN $3 IN ('in_progress', 'completed') THEN coalesce(started_at, now()) ELSE started_at END,
       -- A job that was started by a transaction that began later is not completed before it.
       completed_at = CASE WHEN $3 = 'completed' THEN greatest(now(), started_at) END,
       current_cell_id = CASE WHEN $3 <> 'completed' THEN current_cell_id END,
       notes = {{noted}},
       updated_at = now()
 WHERE tenant_id = $1
   AND id = ANY ($2)

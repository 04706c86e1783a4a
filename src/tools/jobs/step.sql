-- Gives the length of the notes. The caller has locked the row.
UPDATE jobs
   SET status = $3::job_status,
       started_at = CASE $3 WHEN 'in_progress' THEN coalesce(started_at, now()) ELSE started_at END,
       notes = CASE WHEN $4 IS NULL THEN notes ELSE concat_ws(E'\n\n', nullif(notes, ''), $4) END,
       updated_at = now()
 WHERE tenant_id = $1
   AND id = $2
RETURNING coalesce(length(notes), 0)

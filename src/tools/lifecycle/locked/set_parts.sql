-- $5 is where the work goes on, when that is known.
UPDATE {{mes}}.parts
   SET status = $3::{{mes}}.job_status,
       current_cell_id = CASE WHEN $3 <> 'completed' THEN coalesce($5, current_cell_id) END,
       notes = {{noted}},
       updated_at = now()
 WHERE tenant_id = $1
   AND id = ANY ($2)
   AND (status IS DISTINCT FROM $3::{{mes}}.job_status OR current_cell_id IS DISTINCT FROM coalesce($5, current_cell_id)
        OR $4 IS NOT NULL)

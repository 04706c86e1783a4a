UPDATE {{mes}}.jobs j
   SET status = $3::{{mes}}.job_status,
       {{set_started_at}}
       {{set_completed_at}}
       current_cell_id = CASE WHEN $3 <> 'completed' THEN current_cell_id END,
       notes = {{noted}},
       updated_at = now()
 WHERE tenant_id = $1
   AND id = ANY ($2)

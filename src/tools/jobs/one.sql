WITH page AS (
    SELECT j.id, j.job_number, j.customer, j.status, j.due_date, j.due_date_override, j.current_cell_id,
           j.created_at, j.updated_at, j.started_at, j.completed_at, j.created_at AS sort_key
      FROM jobs j
     WHERE j.tenant_id = $1
       AND j.id = $2
       AND j.deleted_at IS NULL
)

WITH page AS (
    SELECT * FROM (
        SELECT j.id, j.job_number, j.customer, j.status, j.due_date, j.due_date_override, j.current_cell_id, j.metadata,
               j.created_at, j.updated_at, j.started_at, j.completed_at, {{key}} AS sort_key
          FROM {{live_jobs}}{{where}}
         ORDER BY {{key}} {{order}}
         LIMIT {{most}}) found
     LIMIT $2
)

j.id, j.job_number, j.customer, j.status, j.due_date, j.due_date_override, j.current_cell_id, j.metadata,
j.created_at, j.updated_at, {{job_started_at}} AS started_at, {{job_completed_at}} AS completed_at

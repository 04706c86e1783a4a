INSERT INTO {{mes}}.jobs (tenant_id, id, job_number, customer, due_date, notes, metadata)
VALUES ($1, $2, $3, $4, {{due_date}}, $6, CASE WHEN $7 IS NOT NULL THEN jsonb_build_object('priority', $7) END)
    ON CONFLICT (tenant_id, job_number) DO NOTHING
RETURNING id

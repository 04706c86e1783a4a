-- Before the state is written: what is derived depends on the former one.
INSERT INTO {{extension}}.mcp_job_times AS t (tenant_id, job_id, started_at, completed_at)
SELECT $1, j.id, {{new_start_of_job}}, {{new_completion_of_job}}
  FROM {{mes}}.jobs j
 WHERE j.tenant_id = $1
   AND j.id = ANY ($2)
    ON CONFLICT (tenant_id, job_id) DO UPDATE SET started_at = excluded.started_at, completed_at = excluded.completed_at

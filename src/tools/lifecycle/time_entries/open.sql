INSERT INTO {{mes}}.time_entries (tenant_id, id, operation_id, operator_id, start_time, time_type)
VALUES ($1, $2, $3, $4, clock_timestamp(), $5)

INSERT INTO {{extension}}.mcp_rate_slots (key_id, slot, used_at)
VALUES ($1, $2, pg_catalog.clock_timestamp())
ON CONFLICT DO NOTHING
RETURNING true

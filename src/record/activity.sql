INSERT INTO {{mes}}.activity_log
       (tenant_id, user_name, user_email, action, entity_type, entity_id, entity_name, description, metadata, ip_address, user_agent)
VALUES ($2, $5, $5, $4, $6, $1, $3, 'MCP tool ' || $3, $7, coalesce($8::inet, pg_catalog.inet_client_addr()), $9)

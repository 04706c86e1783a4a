WITH activity AS (
    INSERT INTO {{mes}}.activity_log
           (tenant_id, user_name, user_email, action, entity_type, entity_id, entity_name, description, metadata, ip_address, user_agent)
    VALUES ($2, $11, $11, $10, $12, $1, $4, 'MCP tool ' || $4, $13, coalesce($14::inet, pg_catalog.inet_client_addr()), $9)
)

INSERT INTO {{extension}}.mcp_key_usage_logs
       (id, tenant_id, key_id, tool_name, tool_arguments, success, error_message, response_time_ms, ip_address, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($10::inet, pg_catalog.inet_client_addr()), $9)

INSERT INTO {{extension}}.mcp_key_usage_logs
       (tenant_id, key_id, tool_name, tool_arguments, success, error_message, ip_address, user_agent)
VALUES ($1, $2, $3, $4, false, $5, pg_catalog.inet_client_addr(), $6)

INSERT INTO {{extension}}.mcp_ncr_numbers (tenant_id, issue_id, ncr_number) VALUES ($1, $2, $3)

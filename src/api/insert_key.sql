INSERT INTO {{extension}}.mcp_keys
       (tenant_id, name, description, environment, allowed_tools, created_by, key_prefix, key_hash, key_sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, name) DO NOTHING
RETURNING id

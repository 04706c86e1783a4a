UPDATE {{extension}}.mcp_keys
   SET key_sha256 = $3,
       key_prefix = $4,
       short_prefix = NULL
 WHERE id = (SELECT id
               FROM {{extension}}.mcp_keys
              WHERE id = $1
                AND key_hash = $2
                AND key_sha256 IS NULL
                FOR NO KEY UPDATE SKIP LOCKED)

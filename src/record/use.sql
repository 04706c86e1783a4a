WITH counted AS (
    UPDATE {{extension}}.mcp_key_counters
       SET uses = uses + $3,
           last_used_at = pg_catalog.clock_timestamp()
     WHERE key_id = $1
       AND stripe = (SELECT stripe
                       FROM {{extension}}.mcp_key_counters
                      WHERE key_id = $1
                      ORDER BY stripe
                      LIMIT 1
                        FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING true
)
INSERT INTO {{extension}}.mcp_key_counters (key_id, tenant_id, uses, last_used_at)
SELECT $1, $2, $3, pg_catalog.clock_timestamp()
 WHERE NOT EXISTS (SELECT FROM counted)

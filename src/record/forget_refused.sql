DELETE FROM {{extension}}.mcp_refused_calls
 WHERE ctid = ANY (ARRAY(SELECT ctid
                           FROM {{extension}}.mcp_refused_calls
                          WHERE minute < pg_catalog.clock_timestamp() - interval '{{days}} days'
                          ORDER BY minute
                          LIMIT {{rows}}
                            FOR UPDATE SKIP LOCKED))

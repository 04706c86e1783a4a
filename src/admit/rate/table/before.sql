WITH place AS (
    SELECT pg_catalog.clock_timestamp() - interval '60 seconds' AS since,
           pg_catalog.clock_timestamp() - $2 * interval '1 millisecond' AS started
)
SELECT GREATEST(0, (SELECT count(*)
                      FROM {{extension}}.mcp_key_usage_logs l, place
                     WHERE l.key_id = $1 AND l.created_at > place.since AND l.created_at < place.started AND l.response_time_ms IS NOT NULL)
                 - (SELECT count(*)
                      FROM {{extension}}.mcp_rate_slots s, place
                     WHERE s.key_id = $1 AND s.used_at > place.since AND s.used_at < place.started))

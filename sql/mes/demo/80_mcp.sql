-- The MCP layer's data for the demo tenants: 11 keys, and for tenant A the records of two weeks.
--   keys       A 6, B 3, C 1, D 1 (refused, because its tenant is suspended)
--   usage      2000 calls of A over 14 days by five of its keys, none in the last two minutes: 1840 succeeded, 134 failed in
--              the tool, 26 were refused and only counted (12 tool not allowed, 10 over the rate limit, 4 by the disabled key);
--              8 tools, 3 addresses; the 1974 admitted calls have a row in each of the two logs and add up to the keys' counters
--   health     300 heartbeats, one per minute, the newest a minute old: 270 online, 10 degraded, 20 offline in a row
--   server     100 log rows of five event types; wrong secrets for a key in 20 minutes
-- The records look like those that calls and heartbeats leave (src/record, the shim).

DO $keys$
BEGIN
    -- No secret matches these keys: the stored hashes have bcrypt's form, but end in a character that bcrypt's encoding
    -- never ends in. rotate_mcp_key gives such a key a secret; from then on it works.
    INSERT INTO mcp_keys (id, tenant_id, key_hash, key_prefix, name, description, environment, allowed_tools,
                          rate_limit, enabled, created_at, updated_at, created_by)
    SELECT mes_demo_id(k.id), mes_demo_id(k.tenant),
           '$2b$10$' || left(md5(k.id || '/salt'), 21) || '.' || left(md5(k.id || '/hash'), 30) || 'x',
           'mcp_' || k.environment || '_' || left(translate(encode(decode(md5(k.id), 'hex'), 'base64'), '+/', '-_'), 11),
           k.name, k.description, k.environment,
           CASE k.tools
               WHEN 'all' THEN '["*"]'
               ELSE (SELECT coalesce(jsonb_agg(t.name ORDER BY t.name), '[]') FROM mcp_tool_catalog() t
                      WHERE CASE k.tools WHEN 'read' THEN t.read_only
                                         ELSE t.domain IN ('issues', 'scrap') END) END,
           k.rate_limit, k.disabled_days IS NULL, now() - k.created_days * interval '1 day',
           now() - coalesce(k.disabled_days, k.created_days) * interval '1 day',
           mes_demo_id(k.tenant || '/profile/' || k.creator)
      FROM (SELECT v.*, v.tenant || '/key/' || v.name AS id
              FROM (VALUES
                    ('A', 'Production', 'Planning assistant, all tools', 'live', 'all', 100, 180, NULL::integer, 'anna.devries'),
                    ('A', 'Reporting', 'Reads only', 'live', 'read', 100, 120, NULL, 'anna.devries'),
                    ('A', 'Quality', 'Issues, NCRs and scrap; not in use yet', 'live', 'quality', 60, 2, NULL, 'pieter.bakker'),
                    ('A', 'Test environment', 'For trying out prompts', 'test', 'all', 100, 90, NULL, 'pieter.bakker'),
                    ('A', 'Old integration', 'Switched off when the ERP link was replaced', 'live', 'all', 100, 400, 7, 'anna.devries'),
                    ('A', 'Shop floor display', 'Three calls a minute are enough for a screen', 'live', 'read', 3, 60, NULL, 'anna.devries'),
                    ('B', 'Production', 'All tools', 'live', 'all', 100, 150, NULL, 'grace.nordhaus'),
                    ('B', 'Dashboard', 'Reads only', 'live', 'read', 100, 80, NULL, 'grace.nordhaus'),
                    ('B', 'Test environment', NULL, 'test', 'all', 100, 30, NULL, 'grace.nordhaus'),
                    ('C', 'Studio', NULL, 'live', 'all', 100, 14, NULL, 'lumen'),
                    ('D', 'First key', NULL, 'live', 'all', 100, 20, NULL, 'admin')
                   ) AS v (tenant, name, description, environment, tools, rate_limit, created_days, disabled_days, creator)
             WHERE pg_temp.demo_open(v.tenant)) k;
END
$keys$;

DO $calls$
DECLARE
    a constant uuid := mes_demo_id('A');
    zone constant text := 'Europe/Amsterdam';
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    CREATE TEMP TABLE demo_call ON COMMIT DROP AS
    WITH hour AS (
        -- Eight times as many calls in a working hour as in any other.
        SELECT since, weight, sum(weight) OVER (ORDER BY since) AS upto, sum(weight) OVER () AS total
          FROM (SELECT h.since, CASE WHEN extract(isodow FROM h.since AT TIME ZONE zone) < 6
                                      AND (h.since AT TIME ZONE zone)::time BETWEEN '06:30' AND '16:30' THEN 8 ELSE 1 END AS weight
                  FROM (SELECT now() - interval '2 minutes' - n * interval '1 hour' AS since
                          FROM generate_series(1, 335) AS n) h) w
    ), call AS (
        SELECT n, 'A/usage/' || n AS seed,
               -- Ten times, the display calls four times within 12 seconds: the fourth call exceeds its limit.
               CASE WHEN n % 200 BETWEEN 100 AND 103 THEN n % 200 - 100 END AS burst,
               CASE WHEN n % 200 BETWEEN 100 AND 103 THEN 'Shop floor display'
                    WHEN n % 40 = 3 THEN 'Test environment'
                    WHEN n % 25 = 7 AND (n <= 950 OR n IN (1107, 1307, 1507, 1707)) THEN 'Old integration' END AS special
          FROM generate_series(1, 2000) AS n
    ), timed AS (
        SELECT c.*, h.since + (x.place - h.upto + h.weight) / h.weight * interval '1 hour'
                    + coalesce(c.burst, 0) * interval '4 seconds' AS at,
               CASE WHEN c.special IS NULL THEN row_number() OVER (PARTITION BY c.special ORDER BY md5(c.seed || '/failure')) END AS rank
          FROM call c
         CROSS JOIN LATERAL (SELECT (c.n - coalesce(c.burst, 0) - pg_temp.demo_share('A/usage/' || c.n - coalesce(c.burst, 0))) / 2000 AS part) p
          JOIN hour h ON p.part * h.total >= h.upto - h.weight AND p.part * h.total < h.upto
         CROSS JOIN LATERAL (SELECT p.part * h.total AS place) x
    ), failure (until, key, tool, arguments, error, ms) AS (
        VALUES (18, 'Production', 'start_job', jsonb_build_object('id', mes_demo_id('nothing')), 'not_found: job not found: ' || mes_demo_id('nothing'), 3),
               (30, 'Production', 'update_job', jsonb_build_object('id', mes_demo_id('nothing'), 'priority', 'high'), 'not_found: job not found: ' || mes_demo_id('nothing'), 3),
               (50, 'Reporting', 'fetch_jobs', '{"status": "late"}', 'invalid_arguments: the value of status is not accepted', 1),
               (74, 'Production', 'fetch_parts', '{"custommer": "ACME Industries"}', 'invalid_arguments: unknown field: custommer', 1),
               (100, 'Production', 'start_job', jsonb_build_object('id', mes_demo_id('A/job/JOB-1031')), 'invalid_state: a job that is completed cannot become in_progress this way', 5),
               (110, 'Production', 'update_job', jsonb_build_object('id', mes_demo_id('A/job/JOB-1016'), 'priority', 'high', 'expected_status', 'not_started'), 'conflict: the job was changed by somebody else', 5),
               (116, 'Production', 'update_job', jsonb_build_object('id', mes_demo_id('A/job/JOB-1012'), 'append_notes', 'See the attached minutes'), 'limit_exceeded: the notes would become too long', 6),
               (124, 'Reporting', 'get_dashboard_stats', '{}', 'timeout: the call took longer than statement_timeout and was stopped', 30000),
               (130, 'Production', 'fetch_operations', '{"limit": 500}', 'cancelled: the call was cancelled', 4000),
               (134, 'Reporting', 'fetch_tasks', '{}', 'internal: internal error', 12),
               (146, 'Reporting', 'start_job', jsonb_build_object('id', mes_demo_id('A/job/JOB-1001')), 'Tool not allowed for this key', NULL)
    ), routine (until, tool, arguments, ms) AS (
        -- The first six are read tools; `until` is the cumulative share of calls.
        VALUES (0.32, 'fetch_jobs', ARRAY['{"status": "in_progress"}', '{"overdue": true}', '{"customer": "ACME", "limit": 20}']::jsonb[], 14),
               (0.54, 'fetch_operations', ARRAY['{"status": "in_progress"}', '{"status": "on_hold"}', '{"limit": 100}']::jsonb[], 22),
               (0.68, 'fetch_parts', ARRAY['{"status": "in_progress"}', '{"search": "bracket"}']::jsonb[], 16),
               (0.80, 'get_dashboard_stats', ARRAY['{}']::jsonb[], 35),
               (0.89, 'fetch_tasks', ARRAY['{"status": "in_progress"}', '{}']::jsonb[], 18),
               (0.95, 'fetch_substeps', ARRAY['{"status": "blocked"}', '{}']::jsonb[], 9),
               (0.99, 'update_job', ARRAY[jsonb_build_object('id', mes_demo_id('A/job/JOB-1017'), 'priority', 'high'),
                                          jsonb_build_object('id', mes_demo_id('A/job/JOB-1018'), 'append_notes', 'Called the customer')], 8),
               (1.00, 'start_job', ARRAY[jsonb_build_object('id', mes_demo_id('A/job/JOB-1025'))], 7)
    ), chosen AS (
        SELECT t.n, t.seed, t.at,
               coalesce(f.key, t.special, CASE WHEN pg_temp.demo_share(t.seed || '/key') < 0.62 THEN 'Production' ELSE 'Reporting' END) AS key,
               f.tool, f.arguments, f.ms,
               CASE WHEN t.burst = 3 THEN 'Rate limit exceeded' WHEN t.special = 'Old integration' AND t.n > 950 THEN 'Invalid or disabled MCP key'
                    ELSE f.error END AS error,
               t.burst = 3 OR (t.special = 'Old integration' AND t.n > 950) OR coalesce(f.error = 'Tool not allowed for this key', false) AS refused
          FROM timed t
          LEFT JOIN LATERAL (SELECT * FROM failure WHERE t.rank <= until ORDER BY until LIMIT 1) f ON true
    )
    SELECT c.n, c.at, c.key, mes_demo_id('A/key/' || c.key) AS key_id, coalesce(c.tool, r.tool) AS tool, c.error, coalesce(c.refused, false) AS refused,
           coalesce(c.arguments, r.arguments[1 + c.n % cardinality(r.arguments)]) AS arguments,
           -- Log-normal; 3 % of the calls are slow, and those that were stopped ran up to a limit.
           CASE WHEN NOT coalesce(c.refused, false) THEN greatest(1, round(coalesce(c.ms, r.ms) * CASE
               WHEN c.ms >= 30000 THEN 1 + 0.002 * pg_temp.demo_share(c.seed || '/ms')
               ELSE exp(0.5 * pg_temp.demo_normal(c.seed || '/ms'))
                    * CASE WHEN pg_temp.demo_share(c.seed || '/slow') < 0.03 THEN 10 + 60 * pg_temp.demo_share(c.seed || '/ms') ELSE 1 END
               END))::integer END AS ms,
           CASE c.key WHEN 'Reporting' THEN '192.0.2.44' WHEN 'Shop floor display' THEN '2001:db8::17' WHEN 'Old integration' THEN '192.0.2.44'
                      ELSE '192.0.2.10' END::inet AS ip_address,
           CASE c.key WHEN 'Reporting' THEN 'report-runner/3.2.0' WHEN 'Shop floor display' THEN 'floor-screen/1.1'
                      WHEN 'Old integration' THEN 'erp-bridge/0.9' ELSE 'claude-ai/0.1.0' END AS user_agent
      FROM chosen c
     CROSS JOIN LATERAL (SELECT * FROM routine
                          WHERE pg_temp.demo_share(c.seed || '/tool') * CASE WHEN c.key IN ('Reporting', 'Shop floor display') THEN 0.95 ELSE 1 END < until
                          ORDER BY until LIMIT 1) r;

    INSERT INTO mcp_key_usage_logs (id, tenant_id, key_id, tool_name, tool_arguments, success, error_message, response_time_ms, created_at,
                                    ip_address, user_agent)
    SELECT mes_demo_id('A/mcp_key_usage_logs/' || n), a, key_id, tool, arguments, error IS NULL, error, ms, at, ip_address, user_agent
      FROM demo_call WHERE NOT refused;

    INSERT INTO mcp_refused_calls (tenant_id, key_id, reason, minute, count, first_at, last_at, tool_names, client_names, ip_address)
    SELECT a, key_id, CASE error WHEN 'Rate limit exceeded' THEN 'rate_limit' WHEN 'Tool not allowed for this key' THEN 'tool_not_allowed'
                                 ELSE 'disabled_key' END AS reason,
           date_trunc('minute', at) AS minute, count(*), min(at), max(at), array_agg(DISTINCT tool), array_agg(DISTINCT user_agent), max(ip_address)
      FROM demo_call WHERE refused GROUP BY key_id, error, date_trunc('minute', at);

    INSERT INTO activity_log (id, tenant_id, user_name, user_email, action, entity_type, entity_id, entity_name, description, metadata,
                              ip_address, user_agent, created_at)
    SELECT mes_demo_id('A/activity_log/' || n), a, 'MCP Server', 'MCP Server',
           CASE WHEN error IS NULL THEN 'mcp_execute' ELSE 'mcp_error' END, 'mcp_tool', mes_demo_id('A/mcp_key_usage_logs/' || n), tool,
           'MCP tool ' || tool,
           jsonb_build_object('key_id', key_id, 'key_name', key, 'tool_name', tool, 'tool_arguments', arguments, 'success', error IS NULL,
                              'error_message', error, 'response_time_ms', ms),
           ip_address, user_agent, at
      FROM demo_call WHERE NOT refused;

    INSERT INTO mcp_key_counters (key_id, tenant_id, uses, last_used_at)
    SELECT key_id, a, count(*), max(at) FROM demo_call WHERE NOT refused GROUP BY key_id;
    DROP TABLE demo_call;
END
$calls$;

DO $server$
DECLARE
    a constant uuid := mes_demo_id('A');
BEGIN
    IF NOT pg_temp.demo_open('A') THEN
        RETURN;
    END IF;

    INSERT INTO mcp_server_config (id, tenant_id, supabase_url, last_connected_at, created_at, updated_at)
    VALUES (mes_demo_id('A/mcp_server_config/1'), a, 'https://van-dijk.example', now() - interval '1 minute',
            now() - interval '180 days', now() - interval '30 days');

    -- Heartbeats 91 to 110, an hour and a half ago, report an outage; every 27th of the others was slow.
    INSERT INTO mcp_server_health (id, tenant_id, status, last_check, response_time_ms, error_message, metadata, created_at)
    SELECT mes_demo_id('A/mcp_server_health/' || n), a, s.status, now() - n * interval '1 minute',
           CASE s.status WHEN 'online' THEN 1 + floor(6 * pg_temp.demo_share('A/health/' || n))
                         WHEN 'degraded' THEN 900 + floor(2400 * pg_temp.demo_share('A/health/' || n)) END,
           CASE s.status WHEN 'offline' THEN 'connection refused' WHEN 'degraded' THEN 'slow answer' END,
           '{"server": "eryxon-mcp", "version": "0.1.0", "transport": "stdio"}', now() - n * interval '1 minute'
      FROM generate_series(1, 300) AS n
     CROSS JOIN LATERAL (SELECT CASE WHEN n BETWEEN 91 AND 110 THEN 'offline' WHEN n % 27 = 14 AND n < 285 THEN 'degraded'
                                     ELSE 'online' END AS status) s;

    -- Two weeks, about one row every three hours; the newest two belong to the outage above.
    INSERT INTO mcp_server_logs (id, tenant_id, event_type, message, metadata, created_at)
    SELECT mes_demo_id('A/mcp_server_logs/' || n), a, e.event_type, e.message,
           '{"server": "eryxon-mcp", "version": "0.1.0", "transport": "stdio"}',
           now() - CASE n WHEN 1 THEN interval '90 minutes' WHEN 2 THEN interval '111 minutes'
                          ELSE (n - 0.5 * pg_temp.demo_share('A/server log/' || n)) * interval '200 minutes' END
      FROM generate_series(1, 100) AS n
      JOIN (VALUES (0, 'server_stopped', 'The MCP server stopped'), (1, 'server_started', 'The MCP server started'),
                   (2, 'config_changed', 'The settings of the MCP server were changed'), (3, 'connection_lost', 'The connection to the database was lost'),
                   (4, 'reconnected', 'Connected to the database again')) AS e (kind, event_type, message) ON e.kind = (100 - n) % 5;

    -- The replaced ERP link still tries with a key that it has lost: 20 minutes of the two weeks.
    INSERT INTO mcp_refused_calls (tenant_id, key_id, reason, minute, count, first_at, last_at, tool_names, client_names, ip_address)
    SELECT a, mes_demo_id('A/key/Old integration'), 'invalid_key', t.minute, 1 + n % 7, t.minute + interval '10 seconds',
           t.minute + interval '10 seconds' + n % 7 * interval '5 seconds', '{fetch_jobs}', '{erp-bridge/0.9}', '192.0.2.44'
      FROM generate_series(1, 20) AS n
     CROSS JOIN LATERAL (SELECT date_trunc('minute', now() - n * interval '1000 minutes') AS minute) t;
END
$server$;

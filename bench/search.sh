#!/usr/bin/env bash
# What it costs to look for texts and numbers in the largest tenant of load set M: 6,000 jobs, 24,000 parts, 120,000 operations, with notes
# of 200 characters, every second one with accents. Medians in milliseconds, of one connection. A scratch cluster, which is deleted
# at the end.
#
# Environment: CALLS (of each kind, default 60). It takes some four minutes, most of them for the load set.
set -euo pipefail
# shellcheck source=bench/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

calls="${CALLS:-60}"
warm_up=10

settings='fsync = off'
start
cluster psql -q -c "CREATE DATABASE $database" postgres
sql >/dev/null <<'SQL'
SET client_min_messages = warning;
CREATE EXTENSION eryxon_mcp;
SELECT mes_create_schema();
SELECT mes_seed_load('M');
UPDATE operations SET notes = left(repeat(CASE WHEN sequence % 20 = 0 THEN 'Façade gratter, ébavurer, contrôler. '
                                               ELSE 'Scrape the edges, deburr, inspect. ' END, 6), 200);
VACUUM FULL ANALYZE;
SQL
IFS='|' read -r tenant job part < <(sql -c "SELECT tenant_id, job_number, part_number FROM parts JOIN jobs USING (tenant_id)
    WHERE jobs.id = job_id AND tenant_id = (SELECT tenant_id FROM operations GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) LIMIT 1")

# measure NAME TOOL ARGUMENTS
measure() {
    printf "BEGIN;\nSELECT mcp_as_tenant('%s');\nSELECT %s('%s'::jsonb);\nCOMMIT;\n" "$tenant" "$2" "$3" | put question
    cluster run pgbench "$database" -n -t "$((calls + warm_up))" -l --log-prefix="$files/round" -f "$files/question.sql" \
        >"$own_log" 2>&1 || failed
    take_latencies answer
    awk -v what="$1" -v median="$(nth answer 50)" 'BEGIN { printf "%-52s %7.1f\n", what, median / 1000 }'
    as_server_user rm "$files/answer"
}

like() { printf '%s' "$1" | tr '[:upper:]-' '[:lower:] '; }

measure 'fetch_operations, the newest 50' fetch_operations '{}'
measure 'fetch_operations, a search that finds nothing' fetch_operations '{"search": "gratter zzz"}'
measure 'fetch_operations, a search that finds every second' fetch_operations '{"search": "facade ebavurer"}'
measure 'fetch_operations, a search for 10,000 characters' fetch_operations "{\"search\": \"$(printf 'x%.0s' {1..10000})\"}"
measure 'fetch_parts, a search that finds nothing' fetch_parts '{"search": "zzz"}'
measure 'fetch_jobs, a search that finds nothing' fetch_jobs '{"search": "zzz"}'
measure 'fetch_jobs, the number of one job' fetch_jobs "{\"search\": \"$(like "$job")\"}"
measure "fetch_operations of a part's number as written" fetch_operations "{\"part_number\": \"$part\"}"
measure "fetch_operations of a part's number as read" fetch_operations "{\"part_number\": \"$(like "$part")\"}"

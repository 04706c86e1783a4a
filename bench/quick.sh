#!/usr/bin/env bash
# Compares a warm mcp_call_tool('fetch_jobs') returning 50 rows with its floor: the same rows as JSON from the same query
# and one insert into each of the two records, prepared, in one transaction. One connection, fsync on, a scratch cluster
# that is deleted at the end. Call and floor alternate, so that any drift of the machine affects both.
#
# Environment: ROUNDS (default 8), CALLS (per round, default 300). It takes about a minute.
set -euo pipefail
# shellcheck source=bench/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

rounds="${ROUNDS:-8}"
calls="${CALLS:-300}"
rate_limit=1000

prepare() {
    start
    fresh_database
    sql <"$project/bench/quick.sql" >/dev/null
    IFS='|' read -r key_id key < <(sql -c \
        "SELECT key_id, api_key FROM generate_mcp_key(p_tenant_id := mes_demo_id('A'), p_name := 'Bench')")
    tenant="$(sql -c "SELECT mes_demo_id('A')")"
    sql -c "UPDATE mcp_authentication_keys SET rate_limit = $rate_limit WHERE id = '$key_id'"
}

# run_round SERIES SCRIPT LOGIN: one pgbench run; appends its latencies, in microseconds, to the series.
run_round() {
    cluster run env PGUSER="$3" PGPASSWORD=bench pgbench "$database" -n -M prepared -c 1 -t "$calls" -l \
        --log-prefix="$files/round" -D key="$key" -D key_id="$key_id" -D tenant="$tenant" -f "$files/$2.sql" >"$own_log" 2>&1 || failed
    take_latencies "$1"
}

# Each call takes one of the key's rate-limit slots for a minute; they are released between rounds.
free_slots() { sql -c "UPDATE mcp_rate_slots SET used_at = used_at - interval '1 minute'" -c "VACUUM mcp_rate_slots" ; }

# measure NAME FSYNC: a call always waits for the disk, so the whole cluster does without it to show the work alone.
measure() {
    local round
    sql -c "ALTER SYSTEM SET fsync = $2" -c 'SELECT pg_reload_conf()' >/dev/null
    for ((round = 0; round < rounds; round++)); do
        free_slots
        run_round "$1-call" call "$gateway"
        run_round "$1-floor" floor postgres
    done
}

report() {
    local call floor
    call="$(nth "$1-call" 50)" floor="$(nth "$1-floor" 50)"
    printf '\n%s (%d calls each)\n' "$2" "$(as_server_user cat "$files/$1-call" | wc -l)"
    awk -v c="$call" -v f="$floor" -v c95="$(nth "$1-call" 95)" -v f95="$(nth "$1-floor" 95)" 'BEGIN {
        printf "  a  mcp_call_tool(fetch_jobs), 50 rows   median %6.3f ms   95%% below %6.3f ms\n", c / 1000, c95 / 1000
        printf "  b  the same rows and the two records    median %6.3f ms   95%% below %6.3f ms\n", f / 1000, f95 / 1000
        printf "  a/b %.2f, a-b %.3f ms\n", c / f, (c - f) / 1000 }'
}

prepare
put call <"$project/bench/call.sql"
put floor <"$project/bench/floor.sql"
measure durable on
measure memory off
report durable "Commit flushed to disk (fsync on)"
report memory "Without the disk (fsync off): the work alone"

#!/usr/bin/env bash
# Refuses calls for every reason that a caller can choose, over eight connections and with 8 kB of arguments, and measures
# what that adds to the database. It fails if that is 1 MB or more. A scratch cluster, which is deleted at the end.
#
# Environment: CALLS (for each reason, default 100000), CONNECTIONS (default 8). It takes about ten minutes.
set -euo pipefail
# shellcheck source=bench/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

calls="${CALLS:-100000}"
connections="${CONNECTIONS:-8}"
limit=$((1024 * 1024))

prepare() {
    start
    fresh_database
    good="$(key good)" narrow="$(key narrow ", p_allowed_tools := '[\"fetch_jobs\"]'")"
    limited="$(key limited)" disabled="$(key disabled)"
    sql -c "UPDATE mcp_authentication_keys SET rate_limit = 1 WHERE name = 'limited'" \
        -c "UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'disabled'" -c 'VACUUM ANALYZE'
    put call <<<"SELECT mcp_call_tool(:key, :tool, :arguments, '{\"name\": \"bench\"}');"
    # A hundred different keys: a script can hold parameters and literals only, because a gateway may run nothing else.
    for ((n = 100; n < 200; n++)); do
        put "random-$n" <<<"SELECT mcp_call_tool('mcp_live_$n$(printf 'x%.0s' {1..40})', 'fetch_jobs', '{}');"
    done
}

rows() { sql -c 'SELECT count(*) FROM mcp_refused_calls'; }

# flood NAME SCRIPTS KEY TOOL
flood() {
    local rows_before began=$SECONDS script scripts=()
    for script in $(as_server_user find "$files" -name "$2.sql"); do scripts+=(-f "$script"); done
    rows_before="$(rows)"
    as_gateway -c "$connections" -j 2 -t $(((calls + connections - 1) / connections)) \
        -D key="$3" -D tool="$4" -D arguments="$arguments" "${scripts[@]}" || failed
    printf '  %-28s %4d s  %4d rows  %9d bytes in all\n' "$1" $((SECONDS - began)) $(($(rows) - rows_before)) $(($(bytes) - before))
}

arguments="{\"notes\": \"$(printf 'x%.0s' {1..8000})\"}"
prepare
before="$(bytes)"
printf '%d refused calls for each reason, over %d connections\n' "$calls" "$connections"
flood 'unknown tool' call "$good" no_such_tool
flood 'tool not allowed' call "$narrow" start_job
flood 'rate limit' call "$limited" fetch_jobs
flood 'disabled key' call "$disabled" fetch_jobs
flood 'wrong secret' call "${good:0:20}$(printf 'x%.0s' {1..32})" fetch_jobs
flood 'random keys' 'random-*' unused unused
sql -c 'UPDATE mcp_settings SET mes_schema = NULL'
flood 'no MES schema attached' call "$good" fetch_jobs
added=$(($(bytes) - before))
counted="$(sql -c "SELECT sum(count) FROM mcp_refused_calls WHERE last_at > now() - interval '1 day' AND tool_names <> '{}'")"
printf '%d calls are counted; they added %d bytes\n' "$counted" "$added"
[ "$added" -lt "$limit" ] || die "that is more than $limit bytes"

#!/usr/bin/env bash
# Measures a good key's calls alone and beside eight connections that send wrong keys, and how long each kind of wrong key
# takes to be refused. A scratch cluster, which is deleted at the end. It fails if the median beside them is 20 % above
# the median alone.
#
# The eight connections wait for their answers and send RATE wrong keys in a second, or, with RATE=0, as many as they can:
# then they also take the processors away, which no code of ours can prevent. With bcrypt, two processors answered 40 wrong
# keys in a second, and were busy with nothing else.
#
# Environment: ROUNDS (default 6), CALLS (per round, default 300), RATE (default 1000). It takes about two minutes.
set -euo pipefail
# shellcheck source=bench/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

rounds="${ROUNDS:-6}"
calls="${CALLS:-300}"
rate="${RATE:-1000}"
connections=8
most=20

# The same key with another last character.
wrong() { printf '%s%s' "${1:0:51}" "$(if [ "${1:51}" = A ]; then printf B; else printf A; fi)"; }

prepare() {
    start
    fresh_database
    sql <"$project/bench/quick.sql" >/dev/null
    good="$(key good)" disabled="$(key disabled)"
    suspended="$(sql -c "SELECT api_key FROM generate_mcp_key(p_tenant_id := mes_demo_id('B'), p_name := 'suspended')")"
    sql -c "UPDATE mcp_authentication_keys SET rate_limit = 10000 WHERE name = 'good'" \
        -c "UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'disabled'" \
        -c "UPDATE tenants SET status = 'suspended' WHERE id = mes_demo_id('B')" -c 'VACUUM ANALYZE'
    put call <"$project/bench/call.sql"
}

# measure SERIES KEY: one connection; appends the latencies, in microseconds, to the series.
measure() {
    as_gateway -D key="$2" -f "$files/call.sql" -c 1 -t "$calls" -l --log-prefix="$files/round" || failed
    take_latencies "$1"
}

start_flood() {
    local limit=()
    if [ "$rate" -gt 0 ]; then limit=(-R "$rate"); fi
    # A log of its own, as it runs beside the measured calls.
    own_log=/dev/null as_gateway -c "$connections" -T 600 ${limit[@]+"${limit[@]}"} -D key="$(wrong "$good")" -f "$files/call.sql" &
    flood=$!
    sleep 2
}

stop_flood() {
    sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '$gateway'" >/dev/null
    wait "$flood" || true
}

report() { awk -v n="$1" -v m="$(nth "$2" 50)" -v q="$(nth "$2" 95)" 'BEGIN { printf "  %-46s median %7.3f ms   95%% below %7.3f ms\n", n, m / 1000, q / 1000 }'; }

prepare
for ((round = 0; round < rounds; round++)); do
    measure alone "$good"
    start_flood
    measure beside "$good"
    stop_flood
    measure wrong "$(wrong "$good")"
    measure unknown "mcp_live_$(printf 'x%.0s' {1..43})"
    measure disabled-wrong "$(wrong "$disabled")"
    measure disabled-right "$disabled"
    measure suspended-wrong "$(wrong "$suspended")"
    measure suspended-right "$suspended"
done
if [ "$rate" -gt 0 ]; then sent="$rate in a second"; else sent='as fast as they can'; fi
report 'a good key alone' alone
report "beside $connections connections of wrong keys, $sent" beside
report 'a wrong key' wrong
report 'an unknown prefix' unknown
report 'a disabled key, wrong' disabled-wrong
report 'a disabled key, its own secret' disabled-right
report "a suspended tenant's key, wrong" suspended-wrong
report "a suspended tenant's key, its own secret" suspended-right
slower=$((($(nth beside 50) - $(nth alone 50)) * 100 / $(nth alone 50)))
printf 'the median of good calls changed by %d %%\n' "$slower"
[ "$slower" -lt "$most" ] || die "that is $most % or more"

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
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

rounds="${ROUNDS:-6}"
calls="${CALLS:-300}"
rate="${RATE:-1000}"
connections=8
most=20
# The first calls of a connection verify the key with bcrypt and plan the statements, so they are not measured.
warm_up=50
database=eryxon_wrong_keys
dir="$(private_dir .bench)"

cluster() { "$project/scripts/cluster.sh" "$dir" "$@"; }
sql()     { cluster psql -q -At -d "$database" "$@"; }

clean_up() {
    [ -z "${flood:-}" ] || kill "$flood" 2>/dev/null || true
    cluster remove
    as_server_user rm -rf "$logs"
}

# key TENANT NAME: makes a key and prints it.
key() { sql -c "SELECT api_key FROM generate_mcp_key(p_tenant_id := mes_demo_id('$1'), p_name := '$2')"; }
# The same key with another last character.
wrong() { printf '%s%s' "${1:0:51}" "$(if [ "${1:51}" = A ]; then printf B; else printf A; fi)"; }

prepare() {
    cluster remove
    cluster start
    cluster psql -q -c "CREATE DATABASE $database" postgres
    sql <"$project/bench/quick.sql" >/dev/null
    sql -c "SELECT create_mcp_gateway('bench_gateway', 'bench')" >/dev/null
    good="$(key A good)" disabled="$(key A disabled)" suspended="$(key B suspended)"
    sql -c "UPDATE mcp_authentication_keys SET rate_limit = 10000 WHERE name = 'good'" \
        -c "UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'disabled'" \
        -c "UPDATE tenants SET status = 'suspended' WHERE id = mes_demo_id('B')" -c 'VACUUM ANALYZE'
    as_server_user tee "$logs/call.sql" >/dev/null <"$project/bench/call.sql"
}

# bench KEY OPTION...: pgbench with the gateway's login.
bench() {
    local key="$1"; shift
    cluster run env PGUSER=bench_gateway PGPASSWORD=bench pgbench "$database" -n -M prepared -D key="$key" -f "$logs/call.sql" "$@" >"$own_log" 2>&1
}

# measure SERIES KEY: one connection; appends the latencies, in microseconds, to the series.
measure() {
    bench "$2" -c 1 -t "$calls" -l --log-prefix="$logs/round" || die "pgbench failed: $(grep -im 3 error "$own_log")"
    as_server_user sh -c "tail -n +$((warm_up + 1)) $logs/round.* | cut -d ' ' -f 3 >>$logs/$1; rm $logs/round.*"
}

start_flood() {
    local limit=()
    if [ "$rate" -gt 0 ]; then limit=(-R "$rate"); fi
    cluster run env PGUSER=bench_gateway PGPASSWORD=bench pgbench "$database" -n -M prepared -c "$connections" -T 600 ${limit[@]+"${limit[@]}"} \
        -D key="$(wrong "$good")" -f "$logs/call.sql" >"$flood_log" 2>&1 &
    flood=$!
    sleep 2
}

stop_flood() {
    sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bench_gateway'" >/dev/null
    wait "$flood" || true
    flood=
}

# nth FILE PERCENT: that percentile, in microseconds.
nth() { as_server_user sort -n "$logs/$1" | awk -v p="$2" '{ v[NR] = $1 } END { print v[int((NR - 1) * p / 100) + 1] }'; }

report() { awk -v n="$1" -v m="$(nth "$2" 50)" -v q="$(nth "$2" 95)" 'BEGIN { printf "  %-46s median %7.3f ms   95%% below %7.3f ms\n", n, m / 1000, q / 1000 }'; }

logs="$(as_server_user mktemp -d /tmp/eryxon_mcp-bench.XXXXXX)"
own_log="$(mktemp)" flood_log="$(mktemp)"
trap 'clean_up; rm -f "$own_log" "$flood_log"' EXIT
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

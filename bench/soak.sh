#!/usr/bin/env bash
# What a long load leaves behind: many calls over several connections, in a scratch cluster that is deleted at the end.
#
#   soak.sh [OPTION...] [KIND...]    KINDs are the files in bench/soak/ (default: all of them)
#
#   --calls N         how many calls (default 1000000)
#   --connections N   over how many connections (default 8)
#   --form FORM       where rate limits are counted: table (default), or memory (shared_preload_libraries)
#   --keep            keeps the cluster
#
# A kind is a shell file that sets `about`, and defines `soak`, which uses the functions below. Each has a fresh database.
# Some variables are only read by the kinds.
# shellcheck disable=SC2034
set -euo pipefail
# shellcheck source=bench/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { sed -n '2,/^# Some /{/^# Some /d; s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit "${1:-0}"; }

calls=1000000
connections=8
form=table
kinds=()
while [ $# -gt 0 ]; do
    case "$1" in
        --calls)       calls="$2"; shift 2 ;;
        --connections) connections="$2"; shift 2 ;;
        --form)        form="$2"; shift 2 ;;
        --keep)        keep=yes; shift ;;
        -h|--help)     usage ;;
        -*)            usage 2 ;;
        *)             [ -f "$project/bench/soak/$1.sh" ] || usage 2; kinds+=("$1"); shift ;;
    esac
done
if [ ${#kinds[@]} -eq 0 ]; then
    for file in "$project"/bench/soak/*.sh; do kinds+=("$(basename "$file" .sh)"); done
fi

settings='max_wal_size = 4GB'
case "$form" in
    table)  ;;
    memory) settings+=$'\nshared_preload_libraries = eryxon_mcp' ;;
    *)      usage 2 ;;
esac

# make_keys N LIMIT: keys of tenant A for all tools, with this limit; prints them, one a line. One session, so that all is done when
# the output ends.
make_keys() {
    sql <<<"SELECT api_key FROM generate_series(1, $1) n, generate_mcp_key(p_tenant_id := mes_demo_id('A'), p_name := 'Soak ' || n);
            UPDATE mcp_authentication_keys SET rate_limit = $2 WHERE name LIKE 'Soak %'"
}

# load N SCRIPT...: N transactions in all, over all connections, with the scripts in turn. Prints how many a second, and how the
# memory of the connections grew from the first tenth of the time on.
load() {
    local transactions="$1" script scripts=() pid
    shift
    for script in "$@"; do scripts+=(-f "$files/$script.sql"); done
    as_gateway -c "$connections" -j 2 -t "$((transactions / connections))" "${scripts[@]}" &
    pid=$!
    : >"$samples"
    while kill -0 "$pid" 2>/dev/null; do
        memory >>"$samples"
        sleep 2
    done
    wait "$pid" || failed
    sed -n 's/^tps = \([0-9]*\).*/  rate                    \1 a second/p' "$own_log"
    awk '$1 == '"$connections"' { kb[++n] = $2 } END {
        first = int(n / 10) + 1
        printf "  memory per connection   %.1f MB, %.1f MB at the end\n", kb[first] / 1024, kb[n] / 1024 }' "$samples"
}

# How many connections there are, and the private memory of one, in kB.
memory() {
    local pids pid
    pids="$(sql <<<"SELECT pid FROM pg_stat_activity WHERE usename = '$gateway'")"
    for pid in $pids; do
        as_root sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null || true
    done | awk '{ kb += $1 } END { if (NR) printf "%d %d\n", NR, kb / NR }'
}

# The tables of the extension and what is in them.
tables() {
    sql <<<"SELECT format('  %-23s %s rows, %s dead, %s', c.relname, s.n_live_tup, s.n_dead_tup, pg_size_pretty(pg_total_relation_size(c.oid)))
              FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_stat_user_tables s ON s.relid = c.oid
             WHERE d.deptype = 'e' AND d.classid = 'pg_class'::regclass AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'eryxon_mcp')
               AND pg_total_relation_size(c.oid) > 16384
             ORDER BY c.relname"
}

# same WHAT QUERY: prints the two columns of a query's row, and fails if they differ.
same() {
    local one other
    IFS='|' read -r one other < <(sql <<<"$2")
    [ "$one" = "$other" ] || die "$1: $one and $other; the end of the server's log:
$(as_server_user tail -n 20 "$dir/data/server.log")"
    printf '  %s: %s\n' "$1" "$one"
}

samples="$own_log.memory"
start
for kind in "${kinds[@]}"; do
    about=
    # shellcheck source=/dev/null
    source "$project/bench/soak/$kind.sh"
    printf '\n%s: %s (limits counted in %s)\n' "$kind" "$about" "$form"
    fresh_database
    soak
done

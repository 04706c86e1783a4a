#!/usr/bin/env bash
# A week of heartbeats of one key at one a second, each in its own transaction, with the time as a parameter; measures what
# that adds to the database. It fails if that is 1 MB or more. A scratch cluster, which is deleted at the end.
#
# Environment: DAYS (default 7). A week takes about five minutes.
set -euo pipefail
# shellcheck source=bench/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

days="${DAYS:-7}"
limit=$((1024 * 1024))

start
fresh_database
before="$(bytes)" began=$SECONDS
for ((day = 0; day < days; day++)); do
    sql <<SQL
SET synchronous_commit = off;
DO \$\$ BEGIN FOR n IN 0 .. 86399 LOOP
    PERFORM mcp_write_health(mes_demo_id('A'), mes_demo_id('A/key/Production'), 'online', 2, NULL,
        '{"server": "eryxon-mcp", "version": "0.1.0", "transport": "stdio"}', timestamptz '2030-01-01 00:00Z' + $day * interval '1 day' + n * interval '1 second');
    COMMIT;
END LOOP; END \$\$;
SQL
    printf 'day %d: %d bytes, %d s\n' $((day + 1)) $(($(bytes) - before)) $((SECONDS - began))
done
added=$(($(bytes) - before))
kept="$(sql -c "SELECT count(*) || ' rows for ' || sum(beats) || ' beats' FROM mcp_server_health WHERE key_id = mes_demo_id('A/key/Production')")"
printf '%s; %d bytes\n' "$kept" "$added"
[ "$added" -lt "$limit" ] || die "that is more than $limit bytes"

# shellcheck shell=bash
# Sourced by the benches: a scratch cluster with one database, which is deleted at the end.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

database=bench
gateway=bench_gateway
dir="$(private_dir .bench)"
# Files of the server's user (scripts for pgbench, its latencies), and the output of the last program.
files="$(as_server_user mktemp -d /tmp/eryxon_mcp-bench.XXXXXX)"
own_log="$(mktemp)"
keep=no

cluster() { "$project/scripts/cluster.sh" "$dir" "$@"; }
sql()     { cluster psql -q -At -d "$database" "$@"; }

clean_up() {
    [ "$keep" = yes ] || cluster remove
    as_server_user rm -rf "$files"
    rm -f "$own_log"*
}
trap clean_up EXIT

# An empty cluster. `settings` are additional lines for its postgresql.conf.
settings=
start() {
    cluster remove
    CLUSTER_SETTINGS="$settings" cluster start
}

# fresh_database: the demo factory, and a gateway login.
fresh_database() {
    cluster psql -q -c 'SET client_min_messages = warning' -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database" postgres
    sql <<<"SET client_min_messages = warning; CREATE EXTENSION eryxon_mcp; SELECT mes_create_schema(); SELECT mes_seed_demo();
            DROP ROLE IF EXISTS $gateway; SELECT create_mcp_gateway('$gateway', 'bench')" >/dev/null
}

# key NAME [ARGUMENTS]: makes a key of tenant A and prints it.
key() { sql -c "SELECT api_key FROM generate_mcp_key(p_tenant_id := mes_demo_id('A'), p_name := '$1'${2:-})"; }

# put NAME: stores the standard input as a script for pgbench.
put() { as_server_user tee "$files/$1.sql" >/dev/null; }

# as_gateway OPTION...: pgbench with the gateway's login.
as_gateway() {
    cluster run env PGUSER="$gateway" PGPASSWORD=bench pgbench "$database" -n -M prepared "$@" >"$own_log" 2>&1
}

failed() { die "pgbench failed: $(grep -im 3 error "$own_log")"; }

# take_latencies SERIES: appends what pgbench logged (in microseconds) to the series. The first calls of a connection verify
# the key with bcrypt and plan the statements, so they are left out.
take_latencies() {
    as_server_user sh -c "tail -n +$((warm_up + 1)) $files/round.* | cut -d ' ' -f 3 >>$files/$1; rm $files/round.*"
}
warm_up=50

# nth SERIES PERCENT: that percentile, in microseconds.
nth() { as_server_user sort -n "$files/$1" | awk -v p="$2" '{ v[NR] = $1 } END { print v[int((NR - 1) * p / 100) + 1] }'; }

# The size of all tables with their indexes.
bytes() { sql -c "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"; }

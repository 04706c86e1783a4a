#!/usr/bin/env bash
# A private PostgreSQL cluster in its own directory, independent of the system's clusters: unix socket only, fsync on.
#
#   cluster.sh DIR start            creates the cluster if it does not exist, and starts it if it is not running
#   cluster.sh DIR stop | status
#   cluster.sh DIR remove           stops the cluster and deletes DIR
#   cluster.sh DIR socket           prints the directory of the socket
#   cluster.sh DIR psql [ARG...]    runs psql as superuser
#   cluster.sh DIR run COMMAND...   runs COMMAND as the server's user, with PGHOST and PGUSER set (pgbench, pg_dump)
#
# CLUSTER_SETTINGS contains additional lines for postgresql.conf, used when the cluster is created. CLUSTER_CLOCK sets the
# server's clock from start to stop, in the syntax of faketime(1): '2024-02-29 12:00:00' (UTC) is a frozen clock, +3600
# a running one that is an hour ahead.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit "${1:-0}"; }

[ $# -ge 2 ] || usage 2
dir="$(realpath -m "$1")"
action="$2"
shift 2
data="$dir/data"
superuser=postgres
socket_file=/.s.PGSQL.5432

pg() { local program="$1"; shift; as_server_user "$ERYXON_PG_BIN/$program" "$@"; }
runs() { pg pg_ctl -D "$data" status >/dev/null 2>&1; }
made() { as_server_user test -f "$data/PG_VERSION"; }

# The path of a unix socket is limited to 107 bytes, so a deeply nested checkout requires a shorter one.
socket_dir() {
    local inside="$dir/run"
    if [ $(( ${#inside} + ${#socket_file} )) -le 107 ]; then
        printf '%s\n' "$inside"
    else
        printf '/tmp/eryxon_mcp-%s-%s\n' "$(id -u "$ERYXON_RUN_AS")" "$(printf '%s' "$dir" | cksum | cut -d ' ' -f 1)"
    fi
}
socket="$(socket_dir)"

# With it, the DETAIL of every error in the server would contain a backtrace.
unset RUST_BACKTRACE

# make_dir PATH MODE: creates a directory for the server's user, and fails if another user owns the name.
make_dir() {
    if [ ! -d "$1" ]; then mkdir -m "$2" "$1"; fi
    if [ "$(stat -c %U "$1")" = "$(id -un)" ] && [ "$(id -un)" != "$ERYXON_RUN_AS" ]; then chown "$ERYXON_RUN_AS" "$1"; fi
    [ "$(stat -c %U "$1")" = "$ERYXON_RUN_AS" ] || die "$1 belongs to $(stat -c %U "$1"), not to $ERYXON_RUN_AS"
    [ ! -L "$1" ] || die "$1 is a symbolic link"
}

# The server's user connects as superuser without a password. Every other login requires one, as on a real server.
make_cluster() {
    make_dir "$data" 700
    pg initdb -D "$data" -U "$superuser" --encoding UTF8 --locale C.UTF-8 --auth-local peer --auth-host reject >/dev/null
    printf 'private %s %s\n' "$ERYXON_RUN_AS" "$superuser" | as_server_user tee "$data/pg_ident.conf" >/dev/null
    printf 'local all %s peer map=private\nlocal all all scram-sha-256\n' "$superuser" \
        | as_server_user tee "$data/pg_hba.conf" >/dev/null
    {
        printf "listen_addresses = ''\nunix_socket_directories = '%s'\nport = 5432\nfsync = on\n" "$socket"
        printf "shared_buffers = 256MB\nmax_connections = 100\nlog_line_prefix = '%%m [%%p] %%q%%u@%%d '\n"
        printf '%s\n' "${CLUSTER_SETTINGS:-}"
    } | as_server_user tee -a "$data/postgresql.conf" >/dev/null
}

# pg_ctl needs the same clock, because it compares the server's start time with its own time. The monotonic clock is not
# changed: with a frozen one, the server would wait forever.
set_clock() {
    local library
    library="$(faketime_library)"
    clock=(env "LD_PRELOAD=$library" "FAKETIME=$CLUSTER_CLOCK" FAKETIME_DONT_FAKE_MONOTONIC=1 TZ=UTC)
}

start() {
    if runs; then return; fi
    mkdir -p "$dir"
    made || make_cluster
    make_dir "$socket" 755
    local clock=()
    if [ -n "${CLUSTER_CLOCK:-}" ]; then set_clock; fi
    as_server_user ${clock[@]+"${clock[@]}"} "$ERYXON_PG_BIN/pg_ctl" -D "$data" -l "$data/server.log" -w -t 60 start >/dev/null \
        || die "the server did not start; the end of $data/server.log:
$(as_server_user tail -n 5 "$data/server.log")"
}

stop() { if runs; then pg pg_ctl -D "$data" -w -m fast stop >/dev/null; fi; }

status() {
    if runs; then echo "running: $dir (socket in $socket)"
    elif made; then echo "stopped: $dir"
    else echo "no cluster: $dir"; fi
}

remove() {
    stop
    rm -rf "$dir"
    case "$socket" in "$dir"/*) ;; *) rm -rf "$socket" ;; esac
}

# The caller's own libpq settings are meant for other servers.
run() {
    as_server_user env -u PGSERVICE -u PGHOSTADDR -u PGDATABASE -u PGPASSWORD -u PGOPTIONS \
        PGHOST="$socket" PGPORT=5432 PGUSER="$superuser" PATH="$ERYXON_PG_BIN:$PATH" "$@"
}

case "$action" in
    start|stop|status|remove) "$action" ;;
    socket) printf '%s\n' "$socket" ;;
    psql)   run psql -X -v ON_ERROR_STOP=1 "$@" ;;
    run)    run "$@" ;;
    *)      usage 2 ;;
esac

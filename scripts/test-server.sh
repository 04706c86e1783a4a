#!/usr/bin/env bash
# The tests in the server (#[pg_test]), quickly: one build of the extension instead of two, and a private cluster that is
# kept from run to run. Each test is an SQL function; it is called in a session and a transaction of its own, which is
# rolled back, just as `cargo pgrx test` does it.
#
#   test-server.sh [OPTION...] [FILTER...]   runs the tests whose path (tools::jobs::tests::a_job_…) holds a FILTER
#
#   --no-build      runs the test build that is installed
#   --clock CLOCK   runs the server with another clock, written as for faketime(1): +86400 is tomorrow
#   --failures      prints the failed tests and the result only
#
# The extension that is installed afterwards is the test build; make install puts the release build back.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit "${1:-0}"; }

build=yes
clock=
options=()
while [ $# -gt 0 ]; do
    case "$1" in
        --no-build) build=no; shift ;;
        --clock)    [ $# -ge 2 ] || usage 2; clock="$2"; shift 2 ;;
        --failures) options+=(--failures); shift ;;
        -h|--help)  usage ;;
        -*)         usage 2 ;;
        *)          break ;;
    esac
done

# It would put a backtrace into every error's DETAIL.
unset RUST_BACKTRACE

dir="$(private_dir .test-server)"
database=pgrx_tests
install_script="$("$ERYXON_PG_CONFIG" --sharedir)/extension/eryxon_mcp--$(sed -n 's/^version *= *"\(.*\)"/\1/p' "$project/Cargo.toml" | head -n 1).sql"
log="$ERYXON_TARGET_DIR/test-server.log"

cluster() { "$project/scripts/cluster.sh" "$dir" "$@"; }

# As cargo-pgrx's own tests do it, so that both share what cargo built. It installs by a plain copy; without the old
# file it makes a new one, and a server that has the old one mapped is not touched.
install_test_build() {
    local sudo=()
    if [ -n "$ERYXON_SUDO" ]; then sudo=(--sudo); fi
    mkdir -p "$ERYXON_TARGET_DIR"
    as_root rm -f "$("$ERYXON_PG_CONFIG" --pkglibdir)/eryxon_mcp.so"
    (cd "$project" && CARGO_TARGET_DIR="$ERYXON_TARGET_DIR" cargo pgrx install --test ${sudo[@]+"${sudo[@]}"} \
        --pg-config "$ERYXON_PG_CONFIG" --features pg_test >"$log") \
        || { tail -n 20 "$log" >&2; die "the extension was not built (the whole output: $log)"; }
}

# The demo factory's dates are relative to the day it is loaded on, so the database is made anew each time. The first
# test that needs the factory loads it.
prepare() {
    cluster stop
    CLUSTER_CLOCK="$clock" CLUSTER_SETTINGS='fsync = off' cluster start
    trap 'cluster stop' EXIT
    cluster psql -q -c 'SET client_min_messages = warning' -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database" postgres
    cluster psql -q -d "$database" -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION eryxon_mcp'
}

# What the function alone does not say.
if grep -rnE '#\[(pg_test\(|ignore|should_panic)' "$project/src"; then die "attributes that this script does not know"; fi
[ "$build" = no ] || install_test_build
[ -f "$install_script" ] || die "the extension is not installed: $install_script"
prepare
# The script comes by standard input: the server's user need not be allowed to read the project.
cluster run env PGDATABASE="$database" python3 - "$install_script" ${options[@]+"${options[@]}"} "$@" \
    <"$project/scripts/test-server.py"

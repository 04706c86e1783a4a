#!/usr/bin/env bash
# Runs the tests in the server (#[pg_test]) quickly: with one build of the extension instead of two, and in a private
# cluster that is kept between runs. Each test is an SQL function, which is called in its own session and transaction and
# then rolled back, as `cargo pgrx test` does.
#
#   test-server.sh [OPTION...] [FILTER...]   runs the tests whose path (tools::jobs::tests::a_job_…) contains a FILTER
#
#   --no-build      uses the installed test build
#   --clock CLOCK   sets the server's clock, in the syntax of faketime(1): +86400 is tomorrow
#   --failures      prints only the failed tests and the result
#
# Afterwards, the installed extension is the test build; to reinstall the release build, run make install.
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

# With it, the DETAIL of every error would contain a backtrace.
unset RUST_BACKTRACE

dir="$(private_dir .test-server)"
database=pgrx_tests
install_script="$("$ERYXON_PG_CONFIG" --sharedir)/extension/eryxon_mcp--$(sed -n 's/^version *= *"\(.*\)"/\1/p' "$project/Cargo.toml" | head -n 1).sql"
log="$ERYXON_TARGET_DIR/test-server.log"

cluster() { "$project/scripts/cluster.sh" "$dir" "$@"; }

# Builds as `cargo pgrx test` does, so that both share cargo's artifacts. cargo-pgrx installs with a plain copy; if the old
# file is removed first, a new one is created, and a server that has mapped the old one is not affected.
install_test_build() {
    local sudo=()
    if [ -n "$ERYXON_SUDO" ]; then sudo=(--sudo); fi
    mkdir -p "$ERYXON_TARGET_DIR"
    as_root rm -f "$("$ERYXON_PG_CONFIG" --pkglibdir)/eryxon_mcp.so"
    (cd "$project" && CARGO_TARGET_DIR="$ERYXON_TARGET_DIR" cargo pgrx install --test ${sudo[@]+"${sudo[@]}"} \
        --pg-config "$ERYXON_PG_CONFIG" --features pg_test >"$log") \
        || { tail -n 20 "$log" >&2; die "the extension was not built (the whole output: $log)"; }
}

# The demo factory's dates are relative to the day on which it is loaded, so the database is recreated for each run. The
# first test that uses the factory loads it.
prepare() {
    cluster stop
    CLUSTER_CLOCK="$clock" CLUSTER_SETTINGS='fsync = off' cluster start
    trap 'cluster stop' EXIT
    cluster psql -q -c 'SET client_min_messages = warning' -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database" postgres
    cluster psql -q -d "$database" -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION eryxon_mcp'
}

# The SQL function of a test does not show these attributes.
if grep -rnE '#\[(pg_test\(|ignore|should_panic)' "$project/src"; then die "this script does not support these attributes"; fi
[ "$build" = no ] || install_test_build
[ -f "$install_script" ] || die "the extension is not installed: $install_script"
prepare
# The script is passed on stdin, because the server's user may not be able to read the project.
cluster run env PGDATABASE="$database" SERVER_LOG="$dir/data/server.log" python3 - "$install_script" ${options[@]+"${options[@]}"} "$@" \
    <"$project/scripts/test-server.py"

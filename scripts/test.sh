#!/usr/bin/env bash
# All tests: #[pg_test]s in a server that cargo-pgrx starts, the shim's own, and the cluster tests with real logins
# against the demo's build (ERYXON_PROFILE=release for the other).
#
#   test.sh [--clusters] [NAME...]   with --clusters only the last; NAMEs choose among them
set -euo pipefail
export ERYXON_PROFILE="${ERYXON_PROFILE:-demo}"
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$project"
export CARGO_TARGET_DIR="$ERYXON_TARGET_DIR"

step() { printf '\n== %s\n' "$1"; }

clean_up() {
    local code=$?
    as_server_user rm -rf "$pgdata"
    if [ "$code" -ne 0 ] && [ "$installed" = "test build" ]; then
        echo "note  the installed extension is the test build now; make install puts the release build back" >&2
    fi
}

# cargo-pgrx installs its test build beside the server with a plain `cp`, in place. Without the old file it makes a new
# one, and a server that has the old one mapped (the demo's) is not touched.
test_inside_postgresql() {
    as_root rm -f "$("$ERYXON_PG_CONFIG" --pkglibdir)/eryxon_mcp.so"
    installed="test build"
    cargo pgrx test "pg$ERYXON_PG_VERSION" --runas "$ERYXON_RUN_AS" --pgdata "$pgdata"
}

# The cluster tests find the server and the shim by ERYXON_PG_BIN, ERYXON_RUN_AS and ERYXON_SHIM.
test_with_clusters() {
    "$project/scripts/install.sh"
    "$project/scripts/install-script.sh" --check
    installed="$ERYXON_PROFILE build"
    cargo test -p eryxon_mcp_tests --no-fail-fast -- "$@"
}

pgdata="$(as_server_user mktemp -d /tmp/eryxon_mcp-test.XXXXXX)"
installed=unknown
trap clean_up EXIT

if [ "${1:-}" = --clusters ]; then
    shift
else
    step "Tests inside PostgreSQL $ERYXON_PG_VERSION and of the shim"
    test_inside_postgresql
fi
step "Tests with clusters and real logins"
test_with_clusters "$@"

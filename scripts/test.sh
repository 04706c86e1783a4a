#!/usr/bin/env bash
# Runs all tests: the #[pg_test]s in a server that cargo-pgrx starts, the shim's tests, and the cluster tests with real
# logins, against the build with the profile demo (or ERYXON_PROFILE=release).
#
#   test.sh [--clusters] [NAME...]   --clusters runs only the cluster tests; NAMEs select some of these
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
        echo "note  the installed extension is now the test build; to reinstall the release build, run make install" >&2
    fi
}

# cargo-pgrx installs its test build with a plain `cp`, in place. If the old file is removed first, a new one is created,
# and a server that has mapped the old one (the demo's) is not affected.
test_inside_postgresql() {
    as_root rm -f "$("$ERYXON_PG_CONFIG" --pkglibdir)/eryxon_mcp.so"
    installed="test build"
    cargo pgrx test "pg$ERYXON_PG_VERSION" --runas "$ERYXON_RUN_AS" --pgdata "$pgdata"
}

# The cluster tests find the server and the shim through ERYXON_PG_BIN, ERYXON_RUN_AS and ERYXON_SHIM.
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

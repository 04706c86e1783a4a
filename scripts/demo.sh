#!/usr/bin/env bash
# Starts a private cluster with the demo factory, a gateway login and one key per tenant, and runs an MCP conversation
# through the shim. Running it again keeps the cluster, the data and the keys.
#
#   demo.sh [run]     does all of this and leaves the cluster running
#   demo.sh stop      stops the cluster
#   demo.sh clean     deletes the cluster
#   demo.sh psql      opens psql in the demo database
set -euo pipefail
export ERYXON_PROFILE="${ERYXON_PROFILE:-demo}"
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

database=eryxon_demo
gateway=eryxon_gateway
dir="$(private_dir .demo)"
keys="$dir/keys.json"
settings="$dir/shim.env"
config="$dir/claude_desktop_config.json"

cluster() { "$project/scripts/cluster.sh" "$dir" "$@"; }
sql()     { cluster psql -q -At -d "$database" "$@"; }
step()    { printf '\n== %s\n' "$1"; }

# A hash of everything the demo database is made from. The MES schema and the demo factory are compiled into the library,
# so the installed script alone is not enough.
fingerprint() {
    { cat "$("$ERYXON_PG_CONFIG" --sharedir)"/extension/eryxon_mcp{.control,--*.sql}
      find "$project/sql" -name '*.sql' -print0 | sort -z | xargs -0 cat; } | sha256sum | cut -d ' ' -f 1
}

make_database() {
    cluster psql -q -c "CREATE DATABASE $database" postgres
    sql >/dev/null <<'SQL'
SET client_min_messages = warning;
CREATE EXTENSION eryxon_mcp;
SELECT mes_create_schema();
SELECT mes_seed_demo();
SQL
}

# Secrets are passed on stdin and written to files that only the caller can read, and never appear on a command line.
make_gateway() {
    password="$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')"
    sql <<<"SELECT create_mcp_gateway('$gateway', '$password')" >/dev/null
}

make_keys() {
    sql >"$keys" <<'SQL'
WITH wanted AS (
    SELECT id, name, status, 'Demo' AS key_name, '["*"]'::jsonb AS tools FROM tenants
    UNION ALL
    SELECT id, name, status, 'Demo, read only', (SELECT jsonb_agg(name) FROM mcp_tool_catalog() WHERE read_only)
      FROM tenants WHERE id = mes_demo_id('A')
)
SELECT jsonb_pretty(jsonb_agg(jsonb_build_object('tenant', w.name, 'tenant_status', w.status, 'key', w.key_name,
                    'allowed_tools', w.tools, 'key_id', k.key_id, 'api_key', k.api_key) ORDER BY w.key_name, w.id <> mes_demo_id('A'), w.name))
  FROM wanted w, generate_mcp_key(p_tenant_id := w.id, p_name := w.key_name, p_allowed_tools := w.tools) k;
SQL
}

# Writes the environment variables of the shim.
write_settings() {
    printf '%s=%q\n' PGHOST "$(cluster socket)" PGPORT 5432 PGDATABASE "$database" PGUSER "$gateway" PGPASSWORD "$password" \
        ERYXON_MCP_KEY "$(of_main_key api_key)" >"$settings"
}

with_settings() {
    # shellcheck source=/dev/null
    (set -a && source "$settings" && exec "$@")
}

prepare() {
    local wanted made
    wanted="$(fingerprint)"
    made="$(cat "$dir/made-from" 2>/dev/null || true)"
    if [ "$made" = "$wanted" ]; then
        cluster start
        echo "skip  the demo database and its keys already exist"
        return
    fi
    if [ -n "$made" ]; then echo "doing the extension's SQL has changed: recreating the demo database, with new keys"; fi
    cluster remove
    cluster start
    make_database
    make_gateway
    make_keys
    write_settings
    echo "$wanted" >"$dir/made-from"
    echo "did   created the demo factory, the login $gateway and the keys in $dir"
}

# of_main_key FIELD: prints a field of the key of tenant A that may call all tools.
of_main_key() {
    python3 -c 'import json, sys; print(next(k for k in json.load(open(sys.argv[1])) if k["key"] == "Demo")[sys.argv[2]])' \
        "$keys" "$1"
}

show_statistics() {
    sql -c '\pset format aligned' -c '\pset tuples_only off' -c '\x on' \
        -c "SELECT * FROM get_mcp_key_stats('$(of_main_key key_id)')"
}

show_ways_on() {
    step "The cluster keeps running. What you can do next"
    cat <<END
Paste this into claude_desktop_config.json, or copy it from $config:
$(cat "$config")

Look inside:               make psql
Test the connection:       (set -a; . $settings; $ERYXON_SHIM check)
Show the keys:             cat $keys
Stop or delete the demo:   make demo-stop, make demo-clean
END
}

run() {
    umask 077
    [ -x "$ERYXON_SHIM" ] || die "the shim has not been built; run make demo"
    step "A private cluster with the demo factory"
    case "$dir" in "$project"/*) ;; *) echo "note  the server's user cannot enter $project, so the demo is in $dir" ;; esac
    prepare
    step "A conversation between an MCP client and the shim"
    with_settings python3 "$project/examples/conversation.py" "$ERYXON_SHIM" "$keys"
    step "How the key was used: SELECT * FROM get_mcp_key_stats('$(of_main_key key_id)')"
    show_statistics
    with_settings "$ERYXON_SHIM" config claude --with-secrets >"$config"
    show_ways_on
}

case "${1:-run}" in
    run)   run ;;
    stop)  cluster stop; cluster status ;;
    clean) cluster remove; cluster status ;;
    psql)  shift; cluster psql -d "$database" "$@" ;;
    *)     die "usage: demo.sh [run | stop | clean | psql]" ;;
esac

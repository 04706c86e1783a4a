#!/usr/bin/env bash
# A private cluster with the demo factory, a gateway login and one key per tenant, and one MCP conversation through the
# built shim. Run again, it keeps the cluster, the data and the keys.
#
#   demo.sh [run]     all of it; the cluster stays up
#   demo.sh stop      stops the cluster
#   demo.sh clean     deletes it
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

# What the demo database was made from. The MES schema and the demo factory are compiled into the library, so the
# installed script alone does not tell.
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

# Secrets go in by stdin and out into files that only the caller may read: never onto a command line.
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

# What the shim needs in its environment.
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
        echo "skip  the demo database and its keys are there"
        return
    fi
    if [ -n "$made" ]; then echo "doing the extension's SQL has changed: the demo database is made anew, with new keys"; fi
    cluster remove
    cluster start
    make_database
    make_gateway
    make_keys
    write_settings
    echo "$wanted" >"$dir/made-from"
    echo "did   made the demo factory, the login $gateway and the keys in $dir"
}

# One value of the key of tenant A with all tools.
of_main_key() {
    python3 -c 'import json, sys; print(next(k for k in json.load(open(sys.argv[1])) if k["key"] == "Demo")[sys.argv[2]])' \
        "$keys" "$1"
}

show_statistics() {
    sql -c '\pset format aligned' -c '\pset tuples_only off' -c '\x on' \
        -c "SELECT * FROM get_mcp_key_stats('$(of_main_key key_id)')"
}

show_ways_on() {
    step "The cluster stays up. Now you can"
    cat <<END
paste this into claude_desktop_config.json, or copy it from $config:
$(cat "$config")

look inside:            make psql
test the connection:    (set -a; . $settings; $ERYXON_SHIM check)
see the keys:           cat $keys
stop it, or delete it:  make demo-stop, make demo-clean
END
}

run() {
    umask 077
    [ -x "$ERYXON_SHIM" ] || die "the shim is not built: make demo builds it"
    step "A private cluster with the demo factory"
    case "$dir" in "$project"/*) ;; *) echo "note  the server's user may not enter $project, so the demo lies in $dir" ;; esac
    prepare
    step "A conversation between an MCP client and the shim"
    with_settings python3 "$project/examples/conversation.py" "$ERYXON_SHIM" "$keys"
    step "What the key was used for: SELECT * FROM get_mcp_key_stats('$(of_main_key key_id)')"
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

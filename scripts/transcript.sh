#!/usr/bin/env bash
# Records the answers of every tool on the demo factory, and compares two recordings, to find out whether a change of the
# code changes any answer.
#
#   transcript.sh record FILE       calls every tool of the installed extension: all examples, all error cases, malformed
#                                   arguments, and refused calls. Writes one line of JSON for each call.
#   transcript.sh compare OLD NEW [--allow-texts FILE]
#                                   prints the differences of each tool, then every changed text once. Exits with 0 if
#                                   there are none. FILE has lines `old<TAB>new` for texts that were changed on purpose.
#
# Recording requires Debian's package faketime: the clock of the private server is frozen, so that two recordings of the
# same build are identical.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit "${1:-0}"; }

# Wednesday morning in Amsterdam, afternoon in Kolkata, and still night in Chicago.
clock='2026-03-11 09:30:00'
database=transcript
gateway=transcript_gateway
password=transcript

cluster() { "$project/scripts/cluster.sh" "$dir" "$@"; }
sql()     { cluster psql -q -At -d "$database"; }

make_database() {
    cluster psql -q -c "CREATE DATABASE $database" postgres
    sql >/dev/null <<SQL
SET client_min_messages = warning;
CREATE EXTENSION eryxon_mcp;
SELECT mes_create_schema();
SELECT mes_seed_demo();
SELECT create_mcp_gateway('$gateway', '$password');
-- Each call is rolled back: the login may do that, and as a member of another role it is not limited to calls.
ALTER ROLE $gateway SET eryxon_mcp.calls_in_transactions = on;
CREATE ROLE ${gateway}_more;
GRANT ${gateway}_more TO $gateway;
SQL
}

# Prints the input of record.py as one JSON object: the catalogue, the public tables, for each tenant a key that may call
# all tools, and keys that are refused something.
prepare() {
    sql <<'SQL'
CREATE TEMP TABLE made AS
SELECT w.name, k.api_key FROM (VALUES
    ('A', 'A', '["*"]'::jsonb), ('B', 'B', '["*"]'), ('C', 'C', '["*"]'), ('D', 'D', '["*"]'), ('disabled', 'A', '["*"]'),
    ('expired', 'A', '["*"]'), ('once a minute', 'A', '["*"]'), ('no tools', 'A', '[]'),
    ('read only', 'A', (SELECT jsonb_agg(name) FROM mcp_tool_catalog() WHERE read_only))) AS w (name, tenant, tools),
    LATERAL generate_mcp_key(p_tenant_id := mes_demo_id(w.tenant), p_name := 'transcript ' || w.name, p_allowed_tools := w.tools) k;
UPDATE mcp_authentication_keys SET enabled = false WHERE name = 'transcript disabled';
UPDATE mcp_authentication_keys SET expires_at = now() WHERE name = 'transcript expired';
UPDATE mcp_authentication_keys SET rate_limit = 1 WHERE name = 'transcript once a minute';
WITH catalogue AS (SELECT * FROM mcp_tool_catalog()),
     name AS (SELECT DISTINCT m[1] AS name FROM catalogue,
                     LATERAL regexp_matches(examples::text || errors::text, '"@([^"\\]+)', 'g') m)
SELECT json_build_object(
    'keys', (SELECT json_object_agg(name, api_key) FROM made),
    'ids', (SELECT json_object_agg(name, mes_demo_id(name)) FROM name),
    'catalogue', (SELECT json_agg(c) FROM catalogue c),
    'tables', json_build_object('mcp_state_tables', (SELECT json_agg(t) FROM mcp_state_tables() t),
                                'mcp_tool_error_codes', (SELECT json_agg(t) FROM mcp_tool_error_codes() t)));
SQL
}

record() {
    local file
    file="$(realpath -m "$1")"
    dir="$(private_dir .transcript)"
    trap 'cluster remove' EXIT
    cluster remove
    CLUSTER_CLOCK="$clock" CLUSTER_SETTINGS='autovacuum = off' cluster start
    make_database
    # The gateway's timeout for idle transactions, which is 30 s, would end a recording that takes longer on a busy machine.
    prepare | PGHOST="$(cluster socket)" PGPORT=5432 PGDATABASE="$database" PGUSER="$gateway" PGPASSWORD="$password" \
        PGOPTIONS='-c idle_in_transaction_session_timeout=0' PATH="$ERYXON_PG_BIN:$PATH" python3 "$project/scripts/transcript/record.py" >"$file.part"
    mv "$file.part" "$file"
    echo "did   recorded $(wc -l <"$file") answers in $file"
}

case "${1:-}" in
    record)    [ $# -eq 2 ] || usage 2; record "$2" ;;
    compare)   shift; exec python3 "$project/scripts/transcript/compare.py" "$@" ;;
    -h|--help) usage ;;
    *)         usage 2 ;;
esac

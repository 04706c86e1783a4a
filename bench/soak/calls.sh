# Sourced by soak.sh.
# shellcheck shell=bash disable=SC2034,SC2154
about="$calls calls over $connections connections, by 16 keys and by one"

soak() {
    local number keys=() scripts=()
    # One key makes more calls than the highest limit allows. Nothing is refused here, so that every call does all its work.
    sql <<<"ALTER TABLE mcp_keys DROP CONSTRAINT mcp_keys_rate_limit_check, DISABLE TRIGGER mcp_check_key"
    mapfile -t keys < <(make_keys 16 1000000)
    for number in "${!keys[@]}"; do
        put "call$number" <<<"SELECT mcp_call_tool('${keys[number]}', 'fetch_jobs', '{\"limit\": 1}');"
        scripts+=("call$number")
    done
    echo "16 keys"
    load "$calls" "${scripts[@]}"
    echo "one key"
    load "$calls" call0
    tables
    same "calls, and those recorded" \
        "SELECT 2 * ($calls / $connections * $connections), count(*)
           FROM mcp_key_usage_logs l JOIN mcp_keys k ON k.id = l.key_id WHERE k.name LIKE 'Soak %' AND l.success"
    same "the recorded calls, and those counted" \
        "SELECT (SELECT count(*) FROM mcp_key_usage_logs l JOIN mcp_keys k ON k.id = l.key_id WHERE k.name LIKE 'Soak %'), sum(uses)
           FROM mcp_key_counters c JOIN mcp_keys k ON k.id = c.key_id WHERE k.name LIKE 'Soak %'"
}

#!/usr/bin/env bash
# Generates the install script in sql/install/, which is kept in the repository so that building does not require
# cargo-pgrx. It is generated from the library that install.sh built with the profile ERYXON_PROFILE (default: demo).
#
#   install-script.sh            regenerates the script
#   install-script.sh --check    fails if the script is stale
set -euo pipefail
export ERYXON_PROFILE="${ERYXON_PROFILE:-demo}"
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

generated="$(mktemp -d)"
trap 'rm -rf "$generated"' EXIT

generate() {
    (cd "$project" && CARGO_TARGET_DIR="$ERYXON_TARGET_DIR" cargo pgrx schema "pg$ERYXON_PG_VERSION" --profile "$ERYXON_PROFILE" \
        --skip-build --out "$generated/raw.sql" >"$generated/log" 2>&1) || die "cargo pgrx schema failed: $(tail -n 5 "$generated/log")"
    python3 "$project/scripts/install-script.py" <"$generated/raw.sql" >"$generated/install.sql"
}

case "${1:-}" in
    '')
        generate
        mkdir -p "${ERYXON_INSTALL_SCRIPT%/*}"
        cp "$generated/install.sql" "$ERYXON_INSTALL_SCRIPT"
        echo "wrote ${ERYXON_INSTALL_SCRIPT#"$project/"}" ;;
    --check)
        generate
        if ! diff -Nu "$ERYXON_INSTALL_SCRIPT" "$generated/install.sql" >"$generated/diff"; then
            head -n 20 "$generated/diff" >&2
            die "${ERYXON_INSTALL_SCRIPT#"$project/"} is stale; regenerate it: make install-script"
        fi ;;
    *) die "usage: install-script.sh [--check]" ;;
esac

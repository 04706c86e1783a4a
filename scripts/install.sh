#!/usr/bin/env bash
# Builds the extension and the shim, and installs the extension into the server's folders. Unchanged files are not copied,
# so a second run takes only as long as cargo's own check. cargo-pgrx is not required: the install script that it would
# generate is in sql/install/ (see install-script.sh).
#
#   install.sh           builds and installs
#   install.sh --build   only builds
#
# Environment: ERYXON_PROFILE (default: release; demo compiles faster).
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

built="$ERYXON_TARGET_DIR/$ERYXON_PROFILE"

build() {
    (cd "$project" && CARGO_TARGET_DIR="$ERYXON_TARGET_DIR" PGRX_PG_CONFIG_PATH="$ERYXON_PG_CONFIG" \
        cargo build --profile "$ERYXON_PROFILE" -p eryxon_mcp -p eryxon-mcp --no-default-features --features "pg$ERYXON_PG_VERSION")
}

# put FILE FOLDER [NAME]: installs a file if it has changed. `install` unlinks the old file first, so a running server
# keeps the library that it has mapped; copying in place would overwrite its code.
put() {
    local target="$2/${3:-${1##*/}}"
    if cmp -s "$1" "$target"; then return; fi
    as_root install -D -m 644 "$1" "$target"
    changed=$((changed + 1))
}

install_changed() {
    local libraries extensions control file changed=0
    libraries="$("$ERYXON_PG_CONFIG" --pkglibdir)"
    extensions="$("$ERYXON_PG_CONFIG" --sharedir)/extension"
    control="$built/eryxon_mcp.control"
    sed "s/@CARGO_VERSION@/$ERYXON_VERSION/" "$project/eryxon_mcp.control" >"$control"
    put "$built/liberyxon_mcp.so" "$libraries" eryxon_mcp.so
    put "$control" "$extensions"
    put "$ERYXON_INSTALL_SCRIPT" "$extensions"
    for file in "$project"/sql/eryxon_mcp--*--*.sql; do
        if [ -f "$file" ]; then put "$file" "$extensions"; fi
    done
    if [ "$changed" -eq 0 ]; then echo "skip  the installed extension is up to date"
    else echo "did   installed $changed files of the extension for PostgreSQL $ERYXON_PG_VERSION"; fi
}

# Changing the SQL interface requires cargo-pgrx; only building does not.
check_script() {
    [ -f "$ERYXON_INSTALL_SCRIPT" ] || die "${ERYXON_INSTALL_SCRIPT#"$project/"} is missing; generate it: make install-script"
    if cargo pgrx --version >/dev/null 2>&1; then "$project/scripts/install-script.sh" --check; fi
}

build
if [ "${1:-}" != --build ]; then
    check_script
    install_changed
fi
echo "note  the shim is $ERYXON_SHIM"

#!/usr/bin/env bash
# Builds the extension and the shim, and puts the extension into the server's folders. What has not changed is left alone, so a
# second run takes as long as cargo needs to see that it has nothing to do. cargo-pgrx is not needed: the install script that it
# would make is in sql/install/ (install-script.sh).
#
#   install.sh           builds and installs
#   install.sh --build   only builds
#
# Environment: ERYXON_PROFILE (default release; demo compiles faster).
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

built="$ERYXON_TARGET_DIR/$ERYXON_PROFILE"

build() {
    (cd "$project" && CARGO_TARGET_DIR="$ERYXON_TARGET_DIR" PGRX_PG_CONFIG_PATH="$ERYXON_PG_CONFIG" \
        cargo build --profile "$ERYXON_PROFILE" -p eryxon_mcp -p eryxon-mcp --no-default-features --features "pg$ERYXON_PG_VERSION")
}

# put FILE FOLDER [NAME]: `install` unlinks the old file first: a running server keeps the library that it has mapped. A copy in
# place would change the code under it.
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
    if [ "$changed" -eq 0 ]; then echo "skip  the installed extension is the built one"
    else echo "did   installed $changed files of the extension for PostgreSQL $ERYXON_PG_VERSION"; fi
}

# Whoever changes the SQL interface has cargo-pgrx; a newcomer need not have it.
check_script() {
    [ -f "$ERYXON_INSTALL_SCRIPT" ] || die "${ERYXON_INSTALL_SCRIPT#"$project/"} is missing; make install-script writes it"
    if cargo pgrx --version >/dev/null 2>&1; then "$project/scripts/install-script.sh" --check; fi
}

build
if [ "${1:-}" != --build ]; then
    check_script
    install_changed
fi
echo "note  the shim is $ERYXON_SHIM"

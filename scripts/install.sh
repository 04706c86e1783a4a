#!/usr/bin/env bash
# Builds the extension for release and puts it into the server's folders. What has not changed is left alone, so a
# second run takes as long as cargo needs to see that it has nothing to do.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

package="$ERYXON_TARGET_DIR/package-pg$ERYXON_PG_VERSION"
log="$ERYXON_TARGET_DIR/package-pg$ERYXON_PG_VERSION.log"

# cargo's own progress goes to the terminal (stderr); cargo-pgrx's account of every file goes to a log.
build() {
    mkdir -p "$ERYXON_TARGET_DIR"
    rm -rf "$package"
    (cd "$project" && CARGO_TARGET_DIR="$ERYXON_TARGET_DIR" \
        cargo pgrx package --pg-config "$ERYXON_PG_CONFIG" --out-dir "$package" >"$log") \
        || { tail -n 20 "$log" >&2; die "the extension was not built (the whole output: $log)"; }
}

# `install` unlinks the old file first: a running server keeps the library that it has mapped. A copy in place would
# change the code under it.
install_changed() {
    local file target changed=0
    while IFS= read -r file; do
        target="${file#"$package"}"
        if cmp -s "$file" "$target"; then continue; fi
        as_root install -D -m 644 "$file" "$target"
        changed=$((changed + 1))
    done < <(find "$package" -type f | sort)
    if [ "$changed" -eq 0 ]; then echo "skip  the installed extension is the built one"
    else echo "did   installed $changed files of the extension for PostgreSQL $ERYXON_PG_VERSION"; fi
}

build
install_changed

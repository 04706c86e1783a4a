# shellcheck shell=bash
# Sourced by the other scripts: the settings from pg_test_setup.sh, and functions that several scripts use.
project="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
eval "$("$project/pg_test_setup.sh" --print-env)"
export ERYXON_PG_VERSION ERYXON_PG_CONFIG ERYXON_PG_BIN ERYXON_RUN_AS ERYXON_TARGET_DIR ERYXON_PROFILE ERYXON_SHIM

# build.rs gives the reason. `cargo pgrx test` also reads it from .cargo/config.toml, `cargo pgrx install` only from here.
export CARGO_PGRX_DISABLE_GC_SECTIONS_WORKAROUND=1

# Other users must be able to read what is installed and created: the server its library, its user the clusters' folders.
umask 022

die() { printf 'error: %s\n' "$1" >&2; exit 1; }

# as_server_user COMMAND...: runs COMMAND as the user that owns the private clusters. It runs in /, because that user may
# not be able to enter the current directory.
as_server_user() {
    local change=()
    if [ "$(id -un)" != "$ERYXON_RUN_AS" ]; then
        if [ -n "$ERYXON_SUDO" ]; then change=(sudo -u "$ERYXON_RUN_AS" --); else change=(runuser -u "$ERYXON_RUN_AS" --); fi
    fi
    (cd / && ${change[@]+"${change[@]}"} "$@")
}

as_root() { if [ -n "$ERYXON_SUDO" ]; then sudo -- "$@"; else "$@"; fi; }

# private_dir NAME: prints the directory for a private cluster of this checkout. It is inside the project, unless the
# server's user cannot enter the project (a checkout in /root, for example).
private_dir() {
    if [ "$(id -un)" = "$ERYXON_RUN_AS" ] || as_server_user test -x "$project"; then
        printf '%s\n' "$project/$1"
    else
        printf '/var/lib/eryxon_mcp/%s-%s\n' "${1#.}" "$(printf '%s' "$project" | cksum | cut -d ' ' -f 1)"
    fi
}

# faketime_library: prints the path of the library that fakes a process's clock.
faketime_library() {
    local library
    library="$(compgen -G '/usr/lib/*/faketime/libfaketime.so.1' | head -n 1)" || true
    [ -n "$library" ] || die "this requires Debian's package faketime: apt-get install faketime"
    printf '%s\n' "$library"
}

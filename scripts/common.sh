# shellcheck shell=bash
# Sourced by the other scripts: the settings of pg_test_setup.sh and the few functions that more than one of them needs.
project="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
eval "$("$project/pg_test_setup.sh" --print-env)"
export ERYXON_PG_VERSION ERYXON_PG_CONFIG ERYXON_PG_BIN ERYXON_RUN_AS ERYXON_TARGET_DIR ERYXON_SHIM

# Other users have to get at what is installed and made: the server at its library, its user at the clusters' folders.
umask 022

die() { printf 'error: %s\n' "$1" >&2; exit 1; }

# as_server_user COMMAND...: runs it as the user that owns the private clusters. From /, because that user need not
# be allowed into the caller's directory.
as_server_user() {
    local change=()
    if [ "$(id -un)" != "$ERYXON_RUN_AS" ]; then
        if [ -n "$ERYXON_SUDO" ]; then change=(sudo -u "$ERYXON_RUN_AS" --); else change=(runuser -u "$ERYXON_RUN_AS" --); fi
    fi
    (cd / && ${change[@]+"${change[@]}"} "$@")
}

as_root() { if [ -n "$ERYXON_SUDO" ]; then sudo -- "$@"; else "$@"; fi; }

# private_dir NAME: where a private cluster of this checkout lies. That is inside the project, unless the server's
# user cannot get there (a checkout in /root, say).
private_dir() {
    if [ "$(id -un)" = "$ERYXON_RUN_AS" ] || as_server_user test -x "$project"; then
        printf '%s\n' "$project/$1"
    else
        printf '/var/lib/eryxon_mcp/%s-%s\n' "${1#.}" "$(printf '%s' "$project" | cksum | cut -d ' ' -f 1)"
    fi
}

# faketime_library: the library that gives a process another clock.
faketime_library() {
    local library
    library="$(compgen -G '/usr/lib/*/faketime/libfaketime.so.1' | head -n 1)" || true
    [ -n "$library" ] || die "this needs Debian's package faketime: apt-get install faketime"
    printf '%s\n' "$library"
}

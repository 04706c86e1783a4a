#!/usr/bin/env bash
# Prepares a Debian or Ubuntu machine with Rust for building, running and testing eryxon_mcp. It can be run again at any
# time, and skips what is already installed. Packages, users, sudo and paths are handled only here; the other scripts get
# them with --print-env.
#
#   pg_test_setup.sh              installs what the build and the demo require
#   pg_test_setup.sh --tests      also installs what only the tests require: cargo-pgrx, PgBouncer, OpenSSL, Python, Node.js
#   pg_test_setup.sh --print-env  changes nothing, and prints the settings as shell assignments
#
# Environment: PG_VERSION (15 to 18, default 15), PG_CONFIG (a pg_config that is not in Debian's path), PGRX_HOME,
# CARGO_TARGET_DIR, ERYXON_RUN_AS (the user that runs the private clusters), ERYXON_PROFILE (the build profile: release, or
# demo, which compiles faster).
set -euo pipefail

project="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
pg_version="${PG_VERSION:-15}"
pg_config="${PG_CONFIG:-/usr/lib/postgresql/$pg_version/bin/pg_config}"
os_release="${OS_RELEASE:-/etc/os-release}"

say()  { printf '%-5s %s\n' "$1" "$2"; }
did()  { say did "$1"; }
skip() { say skip "$1"; }

# give_up MESSAGE COMMAND...: exits with a message and the exact commands that solve the problem.
give_up() {
    printf '\nerror: %s\n' "$1" >&2
    shift
    local command
    for command in "$@"; do printf '    %s\n' "$command" >&2; done
    exit 1
}

from_manifest() { sed -n "s/^$1 *= *\"=\{0,1\}\([^\"]*\)\".*/\1/p" "$project/Cargo.toml" | head -n 1; }
is_root()       { [ "$(id -u)" -eq 0 ]; }

# PostgreSQL refuses to run as root, so root's clusters belong to the user that Debian's package creates.
run_as() {
    if [ -n "${ERYXON_RUN_AS:-}" ]; then echo "$ERYXON_RUN_AS"
    elif is_root; then echo postgres
    else id -un; fi
}

print_env() {
    local target="${CARGO_TARGET_DIR:-$project/target}"
    local profile="${ERYXON_PROFILE:-release}"
    local version sudo=sudo
    version="$(from_manifest version)"
    if is_root; then sudo=; fi
    case "$target" in /*) ;; *) target="$project/$target" ;; esac
    printf '%s=%q\n' \
        ERYXON_PG_VERSION "$pg_version" \
        ERYXON_PG_CONFIG  "$pg_config" \
        ERYXON_PG_BIN     "$(if [ -x "$pg_config" ]; then "$pg_config" --bindir; else dirname "$pg_config"; fi)" \
        ERYXON_RUN_AS     "$(run_as)" \
        ERYXON_SUDO       "$sudo" \
        ERYXON_TARGET_DIR "$target" \
        ERYXON_VERSION    "$version" \
        ERYXON_PROFILE    "$profile" \
        ERYXON_SHIM       "${ERYXON_SHIM:-$target/$profile/eryxon-mcp}" \
        ERYXON_INSTALL_SCRIPT "$project/sql/install/eryxon_mcp--$version.sql"
}

# --- Rust ------------------------------------------------------------------------------------------------------------

check_rust() {
    local wanted have
    wanted="$(from_manifest rust-version)"
    if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
        [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] \
            || give_up "Rust is installed, but not in this shell's PATH. Add it, then start again:" \
                ". \"${CARGO_HOME:-$HOME/.cargo}/env\""
        give_up "Rust is missing (cargo and rustc $wanted or later). Install it as the user who runs the build, open a new shell, and start again:" \
            "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
    fi
    have="$(rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p')"
    [ -n "$have" ] || give_up "rustc is installed but does not run. To see its error message:" "rustc --version"
    if [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -n 1)" != "$wanted" ]; then
        give_up "Rust $have is too old; $wanted or later is required. Update it and start again:" "rustup update stable"
    fi
    # pgrx's build script formats the bindings with rustfmt, and fails without it.
    command -v rustfmt >/dev/null || give_up "rustfmt is missing, which building pgrx requires. Install it and start again:" "rustup component add rustfmt"
    skip "Rust $have is installed"
}

# --- Debian packages -------------------------------------------------------------------------------------------------

missing=()

# need PACKAGE COMMAND...: PACKAGE is missing if COMMAND fails. This checks for the program or file itself rather than for
# the package, because it may have been installed in another way.
need() {
    local package="$1"
    shift
    if ! "$@" >/dev/null 2>&1; then missing+=("$package"); fi
}

has_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] || compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' || compgen -G '/usr/lib/*/libclang*.so*'
}
has_server_headers() { [ -x "$pg_config" ] && [ -f "$("$pg_config" --includedir-server)/postgres.h" ]; }
has_server()         { [ -x "${pg_config%/*}/initdb" ]; }
has_openssl_headers() { pkg-config --exists openssl || [ -f /usr/include/openssl/ssl.h ]; }
# cargo-pgrx links OpenSSL. If cargo-pgrx is already built, the headers are not required.
can_have_cargo_pgrx() { has_cargo_pgrx || has_openssl_headers; }

list_missing() {
    local for_tests="$1"
    missing=()
    need make                              command -v make
    need build-essential                   command -v cc
    need libclang-dev                      has_libclang
    need "postgresql-$pg_version"          has_server
    need "postgresql-server-dev-$pg_version" has_server_headers
    need python3                           command -v python3
    if is_root; then need sudo             command -v sudo; fi
    [ "$for_tests" = yes ] || return 0
    need pkg-config                        command -v pkg-config
    need libssl-dev                        can_have_cargo_pgrx
    need procps                            type -P kill
    need openssl                           command -v openssl
    need pgbouncer                         test -x /usr/sbin/pgbouncer
    need python3-venv                      python3 -c 'import venv, ensurepip'
    need nodejs                            command -v node
    need npm                               command -v npm
}

as_root() { if is_root; then "$@"; else sudo "$@"; fi; }

may_be_root() {
    is_root || { command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }
}

refuse_without_apt() {
    local name
    name="$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\).*/\1/p' "$os_release" 2>/dev/null || true)"
    grep -qiE '^(ID|ID_LIKE)=.*(debian|ubuntu)' "$os_release" 2>/dev/null && command -v apt-get >/dev/null && return 0
    give_up "this system (${name:-unknown}) is not Debian or Ubuntu, so this script cannot install the missing packages. Their Debian names: ${missing[*]}
Install them with your system's own tools, then start again with the path of PostgreSQL $pg_version:" \
        "PG_CONFIG=/path/to/postgresql-$pg_version/bin/pg_config $project/pg_test_setup.sh"
}

refuse_unknown_postgresql() {
    apt-cache show "postgresql-server-dev-$pg_version" >/dev/null 2>&1 && return 0
    local other
    other="$(apt-cache pkgnames postgresql-server-dev- | sed -n 's/.*-dev-\([0-9]*\)$/\1/p' | sort -n | tail -n 1)"
    give_up "this system's package sources have no PostgreSQL $pg_version${other:+, but they have $other}. Either add the PostgreSQL project's own package source, or build for the available version:" \
        "PG_VERSION=${other:-16} $project/pg_test_setup.sh"
}

# When Debian installs a server, it creates and starts a cluster; it also starts PgBouncer. Both are unwanted here and
# prevented by Debian's own switches, which are removed afterwards.
hold_back_services() {
    cluster_switch=/etc/postgresql-common/createcluster.d/eryxon_mcp.conf
    as_root mkdir -p "${cluster_switch%/*}"
    echo 'create_main_cluster = false' | as_root tee "$cluster_switch" >/dev/null
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        service_switch=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$service_switch" >/dev/null
        as_root chmod 755 "$service_switch"
    fi
}

release_services() {
    local switches=(${cluster_switch:+"$cluster_switch"} ${service_switch:+"$service_switch"})
    if [ ${#switches[@]} -gt 0 ]; then as_root rm -f "${switches[@]}"; fi
    cluster_switch='' service_switch=''
}

# An empty log is deleted. A log with a failure is kept, because the error message refers to it.
clean_up() {
    release_services
    if [ ! -s "$log" ]; then rm -f "$log"; fi
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get "$@" </dev/null; }

install_packages() {
    list_missing "$1"
    if [ ${#missing[@]} -eq 0 ]; then
        skip "PostgreSQL $pg_version and the other packages are installed"
        return
    fi
    refuse_without_apt
    may_be_root || give_up "packages are missing, and installing them requires root. Run this as root, then start again:" \
        "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    say doing "installing ${missing[*]} (a minute or two)"
    apt_get update -qq || true
    refuse_unknown_postgresql
    hold_back_services
    apt_get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 \
        || give_up "apt-get could not install ${missing[*]}. The end of $log:
$(tail -n 5 "$log")" "sudo apt-get install --no-install-recommends ${missing[*]}"
    release_services
    case " ${missing[*]} " in *' pgbouncer '*) as_root systemctl disable pgbouncer >/dev/null 2>&1 || true ;; esac
    did "installed ${missing[*]}; no cluster was created and no service started"
}

# --- cargo-pgrx ------------------------------------------------------------------------------------------------------

pgrx_version()   { from_manifest pgrx; }
has_cargo_pgrx() { [ "$(cargo pgrx --version 2>/dev/null)" = "cargo-pgrx $(pgrx_version)" ]; }

install_cargo_pgrx() {
    local version have
    version="$(pgrx_version)"
    if has_cargo_pgrx; then
        skip "cargo-pgrx $version is installed"
        return
    fi
    have="$(cargo pgrx --version 2>/dev/null || true)"
    say doing "building cargo-pgrx $version${have:+ in place of ${have#cargo-pgrx }} (about 5 minutes on two cores)"
    # A shared CARGO_TARGET_DIR would fill with the artifacts of this tool.
    env -u CARGO_TARGET_DIR cargo install --locked --force cargo-pgrx --version "=$version" \
        || give_up "cargo-pgrx $version could not be built; the reason is shown above. To repeat only this step:" \
            "cargo install --locked --force cargo-pgrx --version =$version"
    did "built cargo-pgrx $version"
}

init_pgrx() {
    local config="${PGRX_HOME:-$HOME/.pgrx}/config.toml" known
    known="$(sed -n "s/^pg$pg_version *= *\"\(.*\)\"/\1/p" "$config" 2>/dev/null || true)"
    # Debian's /usr/bin/pg_config belongs to the newest version, so a path that was once right may be wrong now.
    if [[ -n "$known" && "$("$known" --version 2>/dev/null)" =~ ^PostgreSQL\ $pg_version([^0-9]|$) ]]; then
        skip "pgrx is configured for PostgreSQL $pg_version ($known)"
        return
    fi
    cargo pgrx init "--pg$pg_version" "$pg_config" >"$log" 2>&1 \
        || give_up "cargo pgrx init failed: $(tail -n 3 "$log")" "cargo pgrx init --pg$pg_version $pg_config"
    did "configured pgrx for PostgreSQL $pg_version ($pg_config)"
}

# The extension is installed into the server's own folders, and the tests install their build there, too.
check_install_right() {
    local folder
    folder="$("$pg_config" --pkglibdir)"
    may_be_root || give_up \
        "the extension is installed into $folder, which you cannot write to. As root, give yourself sudo, then log in again:" \
        "apt-get install -y sudo && usermod -aG sudo $(id -un)"
}

# --- Main ------------------------------------------------------------------------------------------------------------

check_version() {
    case "$pg_version" in
        15|16|17|18) ;;
        *) give_up "PG_VERSION is $pg_version, but eryxon_mcp supports PostgreSQL 15 to 18:" "PG_VERSION=15 $project/pg_test_setup.sh" ;;
    esac
}

set_up() {
    check_version
    check_rust
    cluster_switch='' service_switch=''
    log="$(mktemp "${TMPDIR:-/tmp}/eryxon_mcp-setup.XXXXXX")"
    trap clean_up EXIT
    install_packages "$1"
    check_install_right
    if [ "$1" = yes ]; then
        install_cargo_pgrx
        init_pgrx
    fi
    : >"$log"
}

case "${1:-}" in
    '')          set_up no ;;
    --tests)     set_up yes ;;
    --print-env) print_env ;;
    -h|--help)   sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" ;;
    *)           give_up "unknown option: $1" "$0 --help" ;;
esac

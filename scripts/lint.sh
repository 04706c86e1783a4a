#!/usr/bin/env bash
# Runs rustfmt, clippy with warnings denied, and shellcheck if it is installed.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$project"
export CARGO_TARGET_DIR="$ERYXON_TARGET_DIR"

cargo fmt --all --check
cargo clippy --workspace --all-targets --no-default-features --features "pg$ERYXON_PG_VERSION" -- -D warnings
if command -v shellcheck >/dev/null; then
    shellcheck -x pg_test_setup.sh .ci/run scripts/*.sh bench/*.sh bench/soak/*.sh
else
    echo "skip  shellcheck is not installed"
fi

#!/usr/bin/env bash
# Regenerates docs/tools.md from the installed extension's declarations and its answers on the demo factory.
set -euo pipefail
export ERYXON_PROFILE="${ERYXON_PROFILE:-demo}"
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$project"
export CARGO_TARGET_DIR="$ERYXON_TARGET_DIR" ERYXON_WRITE_DOCS=1
cargo test -q -p eryxon_mcp_tests --test database -- tools_document
echo "wrote docs/tools.md"

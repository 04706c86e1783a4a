# Short ways to the scripts, which do the work. `make` alone lists the targets.
SHELL := /bin/bash
# PG_VERSION=16 make test  does the same with another PostgreSQL.

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests install shim demo demo-stop demo-clean psql test lint bench-quick tools-doc docs

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what building and the demo need (Debian, Ubuntu)
	@./pg_test_setup.sh

setup-tests:
	@./pg_test_setup.sh --tests

install: setup ## build the extension for release and put it into the server's folders
	@scripts/install.sh

shim: setup ## build the stdio shim eryxon-mcp for release
	@. scripts/common.sh && CARGO_TARGET_DIR="$$ERYXON_TARGET_DIR" cargo build --release -p eryxon-mcp && echo "the shim: $$ERYXON_SHIM"

demo: install shim ## a private server with the demo factory, and an MCP conversation with it
	@scripts/demo.sh

demo-stop: ## stop the demo's server
	@scripts/demo.sh stop

demo-clean: ## delete the demo's server and its keys
	@scripts/demo.sh clean

psql: ## psql in the demo's database
	@scripts/demo.sh psql

test: setup-tests ## all tests
	@scripts/test.sh

lint: setup ## rustfmt, clippy and shellcheck
	@scripts/lint.sh

bench-quick: install ## what a call costs beside the plain SQL that it cannot do without
	@bench/quick.sh

tools-doc: install ## docs/tools.md anew from the tools' declarations
	@scripts/tools-doc.sh

docs: setup ## the Rust documentation of extension and shim
	@. scripts/common.sh && CARGO_TARGET_DIR="$$ERYXON_TARGET_DIR" cargo doc --no-deps

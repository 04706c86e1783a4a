# Short ways to the scripts, which do the work. `make` alone lists the targets.
SHELL := /bin/bash
# PG_VERSION=16 make test  does the same with another PostgreSQL.

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests install install-script shim demo demo-stop demo-clean psql test lint bench-quick tools-doc docs

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what building and the demo need (Debian, Ubuntu)
	@./pg_test_setup.sh

setup-tests:
	@./pg_test_setup.sh --tests

install: setup ## build extension and shim for release, and put the extension into the server's folders
	@scripts/install.sh

install-script: setup-tests ## sql/install/ anew, after a change of SQL files or of a function's signature
	@ERYXON_PROFILE=demo scripts/install.sh --build && scripts/install-script.sh

shim: setup ## build the stdio shim eryxon-mcp alone, for release
	@. scripts/common.sh && CARGO_TARGET_DIR="$$ERYXON_TARGET_DIR" cargo build --release -p eryxon-mcp && echo "the shim: $$ERYXON_SHIM"

demo: setup ## a private server with the demo factory, and an MCP conversation with it
	@ERYXON_PROFILE=demo scripts/install.sh && scripts/demo.sh

demo-stop: ## stop the demo's server
	@scripts/demo.sh stop

demo-clean: ## delete the demo's server and its keys
	@scripts/demo.sh clean

psql: ## psql in the demo's database
	@scripts/demo.sh psql

test: setup-tests ## all tests
	@scripts/test.sh

lint: setup-tests ## rustfmt, clippy and shellcheck
	@scripts/lint.sh

bench-quick: install ## what a call costs beside the plain SQL that it cannot do without
	@bench/quick.sh

tools-doc: setup ## docs/tools.md anew from the tools' declarations
	@ERYXON_PROFILE=demo scripts/install.sh && scripts/tools-doc.sh

docs: setup-tests ## the Rust documentation of extension and shim
	@. scripts/common.sh && CARGO_TARGET_DIR="$$ERYXON_TARGET_DIR" cargo doc --no-deps

# Shortcuts for the scripts, which do the work. `make` without a target lists the targets.
# To use another version of PostgreSQL: PG_VERSION=16 make test
SHELL := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests install install-script shim demo demo-stop demo-clean psql test lint bench-quick soak tools-doc docs

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the build and the demo require (Debian, Ubuntu)
	@./pg_test_setup.sh

setup-tests:
	@./pg_test_setup.sh --tests

install: setup ## build extension and shim in release mode, and install the extension into the server
	@scripts/install.sh

install-script: setup-tests ## regenerate sql/install/ after changing SQL files or the signature of a function
	@ERYXON_PROFILE=demo scripts/install.sh --build && scripts/install-script.sh

shim: setup ## build only the stdio shim eryxon-mcp, in release mode
	@. scripts/common.sh && CARGO_TARGET_DIR="$$ERYXON_TARGET_DIR" cargo build --release -p eryxon-mcp && echo "the shim: $$ERYXON_SHIM"

demo: setup ## start a private server with the demo factory, and run an MCP conversation with it
	@ERYXON_PROFILE=demo scripts/install.sh && scripts/demo.sh

demo-stop: ## stop the demo's server
	@scripts/demo.sh stop

demo-clean: ## delete the demo's server and its keys
	@scripts/demo.sh clean

psql: ## open psql in the demo database
	@scripts/demo.sh psql

test: setup-tests ## run all tests
	@scripts/test.sh

lint: setup-tests ## run rustfmt, clippy and shellcheck
	@scripts/lint.sh

bench-quick: install ## measure the overhead of a call over the plain SQL that it runs
	@bench/quick.sh

soak: install ## measure what a million calls leave behind, and what floods do (SOAK="--calls 10000")
	@bench/soak.sh $(SOAK) && bench/refused.sh && bench/heartbeats.sh && bench/wrong-keys.sh

tools-doc: setup ## regenerate docs/tools.md from the tools' declarations
	@ERYXON_PROFILE=demo scripts/install.sh && scripts/tools-doc.sh

docs: setup-tests ## build the Rust documentation of extension and shim
	@. scripts/common.sh && CARGO_TARGET_DIR="$$ERYXON_TARGET_DIR" cargo doc --no-deps

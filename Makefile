# One command each: `make demo` shows it, `make test` proves it, `make check` is the fast gate before a commit.

SHELL := /bin/sh
PORT ?= 8000
BIN := .venv/bin
# The environment of whoever calls make must not change which code runs.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help demo setup test check static bench numbers screenshots clean
.DELETE_ON_ERROR:

help:
	@echo "make demo          everything running with believable bookings (RESET=1 begins anew, PORT=8000, DATABASE_URL=…)"
	@echo "make test          every test, the browser ones included; sets up what it needs"
	@echo "make check         the fast gate: format, lint, types, imports, sizes, migrations, templates, quick tests"
	@echo "make bench         the figures, measured against pgbench on the same server"
	@echo "make numbers       the figures of every page: axe, Lighthouse, weight, taps, no JavaScript (WRITE=1 into docs, ONLY=…)"
	@echo "make screenshots   every page and state, phone and desktop, light and dark, into screenshots/"
	@echo "make setup         only the virtual environment, with the development tools"

.venv/.runtime: requirements.lock pyproject.toml
	@PYTHON="$(PYTHON)" scripts/setup runtime

.venv/.dev: requirements-dev.lock pyproject.toml
	@PYTHON="$(PYTHON)" scripts/setup dev

setup: .venv/.dev
	@echo "The virtual environment .venv is ready."

demo: export FARELEDGER_STOP_WITH_PARENT := 1
demo: .venv/.runtime
	@exec $(BIN)/fareledger demo --port "$(PORT)" $(if $(RESET),--reset) $(if $(DATA_DIR),--data-dir "$(DATA_DIR)") $(if $(INFO),--info "$(INFO)")

static: .venv/.dev
	@$(BIN)/python scripts/gate.py

check: static
	@$(BIN)/pytest -q -m "not slow and not browser"

test: static
	@scripts/browser
	@$(BIN)/pytest

bench: .venv/.runtime
	@$(BIN)/python -m benchmarks

numbers: .venv/.dev
	@scripts/browser
	@scripts/lighthouse
	@$(BIN)/python -m benchmarks.pages $(if $(WRITE),--write) $(if $(ONLY),--only $(ONLY)) $(if $(INFO),--info "$(INFO)")

screenshots: .venv/.dev
	@scripts/browser
	@$(BIN)/python scripts/screenshots.py

clean:
	rm -rf .venv .numbers .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

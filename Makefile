# The commands of contract.md. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/run.stamp ## start the panel with demo data on http://127.0.0.1:8000 (Ctrl-C stops it)
	@exec $(BIN)/flask serve --with-worker

test: .venv/test.stamp ## every test, on SQLite and PostgreSQL, over HTTP and in a browser
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

lint: .venv/test.stamp ## format, style and type checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/test.stamp ## what a page costs, as ratios within one run
	@$(BIN)/python bench/pages.py

deps: ## install the system packages the tests can use (Debian, as root)
	@command -v apt-get >/dev/null || { echo "make deps knows Debian only: install Chromium, a Japanese font and PostgreSQL by hand."; exit 1; }
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  chromium fonts-noto-cjk postgresql python3-venv

lock: ## write requirements*.txt anew from requirements*.in (needs uv)
	for f in requirements requirements-dev; do \
	  env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL uv --no-config pip compile --universal --python-version 3.11 \
	    --generate-hashes --exclude-newer "$$(date -d '7 days ago' +%F)" --no-emit-index-url --no-emit-find-links \
	    --no-header -q $$f.in -o $$f.txt; done

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: install python3 and python3-venv."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python is too old: 3.11 or newer is needed (PYTHON=... make run chooses another)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "The venv module is missing: install python3-venv."; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.txt | .venv/bin/python
	@echo "Installing the locked requirements ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.txt
	@touch $@

.venv/test.stamp: requirements-dev.txt .venv/run.stamp
	@echo "Installing the locked test requirements ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: help run test lint bench deps lock

# The commands of contract.md. `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/run.stamp ## start the panel with demo data on http://127.0.0.1:8000 (Ctrl-C stops it)
	@exec $(PY) -m flask serve --with-worker

test: .venv/test.stamp ## the tests, on SQLite and PostgreSQL, over HTTP and in a browser
	@$(PY) -m pytest -n $$(( $$(nproc) + 1 )) $(ARGS)

lint: .venv/test.stamp ## format, style and type checks
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

bench: .venv/test.stamp ## what a page costs, as ratios within one run
	@$(PY) -m bench.pages

audit: .venv/test.stamp ## the slow run: every screen on both databases, every race between real processes twenty times
	@AUDIT=1 $(PY) -m pytest tests/views tests/browser/test_screens.py -n $$(( $$(nproc) + 1 )) $(ARGS)
	@AUDIT=1 RACES=20 $(PY) -m pytest tests/processes $(ARGS)

pictures: .venv/test.stamp ## take the pictures of help and README anew, in a headless Chromium
	@$(PY) tools/pictures.py

deps: ## install the system packages the tests can use (Debian, as root)
	@command -v apt-get >/dev/null || { echo "make deps knows Debian only: install Chromium, a Japanese font, PostgreSQL, nginx and curl by hand."; exit 1; }
	@[ "$$(id -u)" = 0 ] || { echo "make deps installs system packages: run it as root, e.g. sudo make deps."; exit 1; }
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  chromium fonts-noto-cjk postgresql nginx curl python3-venv
	@# The tests take it if there is one: half the work per page. Older Debians have none.
	-DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell

certs: .venv/run.stamp ## make a test CA with certificates for the front (CERTS=folder, HOSTS="portal.test board.test")
	@$(PY) -m tools.certs make "$${CERTS:-$${INSTANCE_DIR:-instance}/certs}" $(HOSTS)

lock: ## write requirements*.txt anew from requirements*.in (needs uv)
	@command -v uv >/dev/null || { echo "uv is missing: it resolves the requirements (python3 -m pip install uv)."; exit 1; }
	for f in requirements requirements-dev; do \
	  env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL uv --no-config pip compile --universal --python-version 3.11 \
	    --generate-hashes --exclude-newer "$$(date -d '7 days ago' +%F)" --no-emit-index-url --no-emit-find-links \
	    --no-header -q $$f.in -o $$f.txt; done

# The stamps say what was installed to the end; an interrupted set-up starts anew.
.venv/made.stamp:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: install python3 and python3-venv."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python is too old: 3.11 or newer is needed (PYTHON=... make run chooses another)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "The venv module is missing: install python3-venv."; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/run.stamp: requirements.txt | .venv/made.stamp
	@echo "Installing the locked requirements ..."
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/test.stamp: requirements-dev.txt | .venv/run.stamp
	@echo "Installing the locked test requirements ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

.PHONY: help run test lint bench audit pictures deps certs lock

# The one front door for people; .ci/run is the same for CI.
#
#   make serve                      a mail host for trying out, on loopback
#   make test PYTHON=python3.13     the tests under another interpreter

PYTHON ?= python3
# Each interpreter has an environment of its own, so that they never mix.
ifeq ($(origin PYTHON),file)
VENV := .venv
else
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
endif
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
HOST ?=
DOMAIN ?=
# Two cores are what a small host has; tests that drive other programs wait half of the time.
JOBS ?= 3

.PHONY: install serve test test-long check bench threats docs lock clean

install: $(STAMP)

$(STAMP): requirements.txt pyproject.toml setup.py
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@# An editable install does not put the plugin where twistd looks: a link does.
	ln -sf $(CURDIR)/plugins/mailsuite_plugin.py \
	  "$$($(BIN)/python -c 'import os, twisted; print(os.path.dirname(twisted.__file__))')/plugins/"
	@touch $@

serve: install
	@HOST='$(HOST)' DOMAIN='$(DOMAIN)' $(BIN)/python -m mailsuite.cli.quickstart

test: install
	@bash .ci/packages
	@# Dozens of processes are started: none of them should compile the package again.
	@$(BIN)/python -m compileall -q mailsuite
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m 'not long'

test-long: install
	@bash .ci/packages long
	$(BIN)/python -m pytest -q -m long

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python bench/compare.py

threats: install
	@$(BIN)/python -m tests.repository.threats

docs: install
	$(BIN)/python -m tests.repository.protocols > docs/protocols.md

# Every dependency at its newest release that pyproject.toml allows.
lock: install
	$(BIN)/pip-compile --quiet --upgrade --all-extras --allow-unsafe --generate-hashes \
	  --strip-extras --no-header --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --output-file requirements.txt pyproject.toml

clean:
	rm -rf .venv .venv-* build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache
	rm -rf .pytest_cache .hypothesis tests/interop/imapflow/node_modules
	find mailsuite tests plugins -name __pycache__ -type d -prune -exec rm -rf {} +

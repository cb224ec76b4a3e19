# vigie's parts for people: `make demo` and `make test` need nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# three at once, on two processors: tests wait for servers part of their time; those of a file stay together
TEST_PROCESSES = --numprocesses=3 --dist=loadfile --no-loadscope-reorder

TEXTS := $(VENV)/texts.pot
ENGLISH := dashboards/catalogue/en.po

.PHONY: setup demo test check bench pictures catalogue lock servers
.DEFAULT_GOAL := help

help: ## these lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16

setup: $(READY) ## the environment, in .venv, with every package's hash checked

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "vigie needs Python 3.11 or newer, found %d.%d; choose one with: make PYTHON=python3.12" % v[:2])'
	@echo "Setting up $(VENV) (about a minute the first time)..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## both halls and the switchboard on a simulated day; Ctrl-C ends it
	@exec $(BIN)/vigie demo $(ARGS)

test: setup servers check ## everything: unit, property, real servers, real browser
	@$(BIN)/pytest $(TEST_PROCESSES) $(ARGS)

servers: # the real peers of the tests, from Debian and for Node, when we may install them
	@sh deploy/debian_packages.sh mosquitto postgresql chromium prometheus-alertmanager libreoffice-calc-nogui poppler-utils nodejs npm
	@sh deploy/node_packages.sh tests/oidc

check: setup ## format, lint, types, import contracts
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted: run $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo 2>&1 | tail -n 4

bench: setup ## benchmarks, each beside a baseline measured in the same run
	@$(BIN)/python -m tests.bench $(ARGS)

pictures: setup servers ## the screens of the documentation, anew
	@mkdir -p deploy/docs/screens
	@VIGIE_PICTURES=deploy/docs/screens $(BIN)/pytest -m browser tests/browser

catalogue: setup ## the texts to translate, brought up to date; those without a translation are left empty
	@$(BIN)/pybabel -q extract --mapping=pyproject.toml --keywords=n_:1,2 --no-location --sort-output --output-file=$(TEXTS) .
	@$(BIN)/pybabel -q update --input-file=$(TEXTS) --output-file=$(ENGLISH) --locale=en --no-fuzzy-matching --ignore-obsolete --no-wrap
	@rm $(TEXTS)
	@# dates and nobody's address: they would differ with every run, and say nothing
	@sed -i -E '/^"(Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By): /d' $(ENGLISH)

lock: # requirements.lock from pyproject.toml: hashes, no addresses (needs uv)
	@uv export --quiet --format requirements-txt --no-emit-project --all-extras --no-header --no-annotate --output-file requirements.lock

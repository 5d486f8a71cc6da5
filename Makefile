# Footnote. `make help` lists the targets; settings are given as `make chat PORT=8000`.
# Written for GNU make 3.81 (macOS) and later. Every path is relative, so a checkout's folder may
# have spaces in its name; values that a person gives reach the shell through the environment, so
# that no character in them means anything to it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

PYTHON ?=
PORT ?= 7860
HOME_DIR ?=
SRC ?=
Q ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=

# A `$` in a question stays a `$`.
override Q := $(value Q)
override SRC := $(value SRC)
override HOME_DIR := $(value HOME_DIR)
export PYTHON PORT HOME_DIR SRC Q

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
FOOTNOTE := $(BIN)/footnote $${HOME_DIR:+--home "$$HOME_DIR"}

# A checkout that was moved or copied with its .venv is installed again: the install names the old folder.
ifneq ($(shell cat .venv/.folder 2>/dev/null),$(CURDIR))
.PHONY: .venv/.folder
endif

.PHONY: help chat ask ingest bench test lint types contracts browser wheel clean
.PHONY: linked

help: ## List the targets
	@echo "Usage: make TARGET [NAME=value …]"
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'
	@echo
	@echo "Names: PORT=7860            where the chat listens, on this machine only"
	@echo "       HOME_DIR=folder      the library's folder; the platform's data folder when absent"
	@echo "       PYTHON=python3.12    the Python for .venv, 3.11 to 3.13"
	@echo "       BENCH_ARGS=…         more for the benchmark, as in BENCH_ARGS='--paragraphs 20000'"
	@echo "       PYTEST_ARGS=…        more arguments for pytest, as in PYTEST_ARGS='-k library'"

chat: .venv/.installed ## Install what is missing, then serve the chat at 127.0.0.1:PORT, with samples when the library is empty
	@$(FOOTNOTE) serve --port "$$PORT" --samples || { status=$$?; test "$$status" -eq 130 || exit "$$status"; }

ask: .venv/.installed ## Ask one question: make ask Q="When does the bridge close?"
	@test -n "$$Q" || { echo 'Give a question: make ask Q="When does the bridge close?"' >&2; exit 2; }
	@$(FOOTNOTE) ask -- "$$Q"

ingest: .venv/.installed ## Add an article or a folder of them: make ingest SRC="path"
	@test -n "$$SRC" || { echo 'Give a file or folder: make ingest SRC="path"' >&2; exit 2; }
	@$(FOOTNOTE) ingest -- "$$SRC"

test: .venv/.developer lint types contracts browser ## Run all checks: lint, types, import contracts, tests
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

bench: .venv/.developer ## Measure answers and speed beside a plain LangChain and Chroma pipeline, in some minutes
	$(BIN)/python -m footnote.evals.tools.bench_ask $(BENCH_ARGS)

lint: .venv/.developer ## Check style and formatting
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .

types: .venv/.developer linked ## Check types
	$(BIN)/python -m mypy

contracts: .venv/.developer linked ## Check who may import whom
	PYTHONPATH=build/src $(BIN)/python $(BIN)/lint-imports

# Tools that read files, not imports, see the folders as the one package that an installed Footnote is.
linked:
	@rm -rf build/src && mkdir -p build/src/footnote && cd build/src/footnote && \
	ln -s ../../../ingest ../../../rag ../../../prompts ../../../ui ../../../evals ../../../ui/footnote/* .

# The browser tests need a Chromium. Only where that takes no password and no question is it installed.
browser: .venv/.developer ## Find a Chromium for the browser tests; install it where apt-get and root allow
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v "$$name" >/dev/null 2>&1 && exit 0; \
	done; \
	if test "$$(id -u)" -eq 0 && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium for the browser tests …"; \
		export DEBIAN_FRONTEND=noninteractive; \
		timeout 300 apt-get -qq -o DPkg::Lock::Timeout=60 update >/dev/null; \
		timeout 600 apt-get -qq -y -o DPkg::Lock::Timeout=60 install --no-install-recommends chromium >/dev/null && exit 0; \
	fi; \
	echo "No Chromium was found, and none could be installed here. The browser tests need one:" >&2; \
	echo "install Chromium or Chrome with your system's packages (Debian: apt-get install chromium)." >&2; \
	test "$${CI:-}" != true

wheel: .venv/.developer ## Build a wheel into dist
	rm -rf build dist
	$(BIN)/python -m build --wheel --no-isolation
	@ls dist/*.whl

clean: ## Remove what was built and cached; .venv and the library stay
	rm -rf build dist *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

# The stamps below are older than pyproject.toml or constraints.txt when something must be installed.
.venv/.folder:
	@check='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; \
	set -- python3.11 python3 python3.12 python3.13 python; \
	test -z "$$PYTHON" || set -- "$$PYTHON"; \
	for found do "$$found" -c "$$check" >/dev/null 2>&1 && break; found=; done; \
	if test -z "$$found"; then \
		echo "Footnote needs Python 3.11, 3.12 or 3.13$${PYTHON:+, and $$PYTHON is none of them}." >&2; \
		echo "Install one, or say where it is: make chat PYTHON=/path/to/python3.11" >&2; \
		exit 1; \
	fi; \
	if ! $(BIN)/python -c "$$check" >/dev/null 2>&1; then \
		echo "Making .venv with $$("$$found" --version) …"; \
		"$$found" -m venv --clear .venv || { \
			echo "Python could not make .venv. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	fi; \
	rm -f .venv/.installed .venv/.developer; \
	pwd -P > .venv/.folder

# setuptools comes first: it builds the editable install, pinned like everything else.
.venv/.installed: .venv/.folder pyproject.toml constraints.txt
	@echo "Installing Footnote into .venv. The first time takes some minutes: PyTorch alone is 200 MB or more."
	@$(PIP) install --quiet -c constraints.txt setuptools
	@quiet=--quiet; test ! -t 1 || quiet=; $(PIP) install $$quiet -c constraints.txt --no-build-isolation -e .
	@touch .venv/.installed

.venv/.developer: .venv/.installed
	@echo "Installing the tools for tests into .venv …"
	@$(PIP) install --quiet -c constraints.txt --no-build-isolation -e ".[dev]"
	@touch .venv/.developer

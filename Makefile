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
DATA ?=
PYTEST_ARGS ?=
ATTACKS ?=
KILLS ?= 300
SOAK ?= 3600
SCALE_ARGS ?=
BENCH_ARGS ?=
MEASURE_ARGS ?=

# A `$` in a question stays a `$`.
override Q := $(value Q)
override SRC := $(value SRC)
override HOME_DIR := $(value HOME_DIR)
override DATA := $(value DATA)
export PYTHON PORT HOME_DIR SRC Q DATA

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKED := --no-deps --no-build-isolation --require-hashes
FOOTNOTE := $(BIN)/footnote $${HOME_DIR:+--home "$$HOME_DIR"}

# A checkout that was moved or copied with its .venv is installed again: the install names the old folder.
ifneq ($(shell cat .venv/.folder 2>/dev/null),$(CURDIR))
.PHONY: .venv/.folder
endif

.PHONY: help chat ask ingest evaluate bench bench-page measure test test-other format lint types contracts docs coverage browser wheel clean attack kills soak lock licences servers scale-test
.PHONY: linked

help: ## List the targets
	@echo "Usage: make TARGET [NAME=value …]"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'
	@echo
	@echo "Names: PORT=7860            where the chat listens, on this machine only"
	@echo "       HOME_DIR=folder      the library's folder; the platform's data folder when absent"
	@echo "       PYTHON=python3.12    the Python for .venv, 3.11 to 3.13"
	@echo "       DATA=folder          data to measure on: evals/tools/measure.py names the files"
	@echo "       MEASURE_ARGS=…       --check: status 1 when a figure moved; --write: keep the figures"
	@echo "       BENCH_ARGS=…         more for the benchmark, as in BENCH_ARGS='--paragraphs 20000'"
	@echo "       ATTACKS=…            words or numbers of attacks to make, as in ATTACKS='3 Host'"
	@echo "       SCALE_ARGS=…         more for the scale test, as in SCALE_ARGS='--paragraphs 20000'"
	@echo "       PYTEST_ARGS=…        more arguments for pytest, as in PYTEST_ARGS='-k library'"

chat: .venv/.installed ## Install what is missing, then serve the chat at 127.0.0.1:PORT, with samples when the library is empty
	@$(FOOTNOTE) serve --port "$$PORT" --samples || { status=$$?; test "$$status" -eq 130 || exit "$$status"; }

ask: .venv/.installed ## Ask one question: make ask Q="When does the bridge close?"
	@test -n "$$Q" || { echo 'Give a question: make ask Q="When does the bridge close?"' >&2; exit 2; }
	@$(FOOTNOTE) ask -- "$$Q"

ingest: .venv/.installed ## Add an article or a folder of them: make ingest SRC="path"
	@test -n "$$SRC" || { echo 'Give a file or folder: make ingest SRC="path"' >&2; exit 2; }
	@$(FOOTNOTE) ingest -- "$$SRC"

evaluate: .venv/.installed ## Measure answers, refusals and summaries on the samples, and hold them to the pinned floors
	$(FOOTNOTE) evaluate samples --gate

bench: .venv/.developer ## Measure answers and speed beside a plain LangChain and Chroma pipeline, in some minutes
	$(BIN)/python -m footnote.evals.tools.bench_ask $(BENCH_ARGS)

bench-page: browser ## Measure the page in a browser: first paint, from Enter to the answer, two PDFs added
	$(BIN)/python -m tests.ui.bench_page

measure: .venv/.developer ## Measure again the figures that constants were chosen by: make measure DATA=folder
	@test -n "$$DATA" || { echo 'Give the folder of the data: make measure DATA=folder' >&2; exit 2; }
	$(BIN)/python -m footnote.evals.tools.measure "$$DATA" $(MEASURE_ARGS)

# What needs one core goes two at a time; the tests need both.
test: .venv/.developer ## Run all checks: lint, types, import contracts, tests, a short test under another Python
	@$(MAKE) -j 2 browser servers lint types contracts test-other
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

test-other: .venv/.developer ## Run a short test under another Python from 3.11 to 3.13, where there is one
	@.ci/test-other

kills: .venv/.developer ## Kill commands and servers 300 times at random moments (KILLS=30: fewer): nothing stored is lost
	$(BIN)/python -m tests.attack.endurance kills $(KILLS)

soak: .venv/.developer ## Have 20 readers ask for an hour (SOAK=600: seconds) while articles come and go: memory and files stay flat
	$(BIN)/python -m tests.attack.endurance soak $(SOAK)

attack: .venv/.developer ## Attack real servers on this computer, in some minutes: a table of what held
	$(BIN)/python -m tests.attack $(ATTACKS)

lock: .venv/.installed ## Write lock/*.txt again from pyproject.toml and constraints.txt
	@$(BIN)/python .ci/lock

licences: .venv/.developer ## List the licence of everything that is installed; fail at one that may not be used
	@$(BIN)/python .ci/licences

coverage: .venv/.developer ## Run the tests and show which lines and branches none of them reaches
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS) --cov

docs: .venv/.developer ## Check what the documents and docstrings promise: their commands, examples and links
	$(BIN)/python -m pytest -q -n 2 --dist loadfile tests/test_readme.py tests/test_docs.py tests/test_doctests.py

format: .venv/.developer ## Put right what ruff can: style and formatting
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

lint: .venv/.developer ## Check style and formatting
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .

types: .venv/.developer linked ## Check types
	$(BIN)/python -m mypy

contracts: .venv/.developer linked ## Check who may import whom
	PYTHONPATH=build/src $(BIN)/python $(BIN)/lint-imports

# Tools that read files, not imports, see the folders as the one package that an installed Footnote is.
# What is there already stays, so that it may be made while an editor or another make reads it.
linked:
	@mkdir -p build/src/footnote && cd build/src/footnote && \
	for link in *; do test -e "$$link" || rm -f "$$link"; done; \
	for path in ../../../ingest ../../../rag ../../../prompts ../../../ui ../../../evals \
			../../../ui/footnote/*.py ../../../ui/footnote/py.typed; do \
		test -e "$${path##*/}" || ln -s "$$path" . || test -e "$${path##*/}" || exit 1; \
	done

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

# So do the tests of a library on servers a PostgreSQL; the Chroma servers come with Footnote.
servers: .venv/.developer ## Find PostgreSQL and nginx for the tests on servers; install them where apt-get and root allow
	@command -v nginx >/dev/null 2>&1 && { ls /usr/lib/postgresql/*/bin/postgres || command -v postgres; } >/dev/null 2>&1 && exit 0; \
	if test "$$(id -u)" -eq 0 && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing PostgreSQL and nginx for the tests on servers …"; \
		export DEBIAN_FRONTEND=noninteractive; \
		for try in 1 2 3 4 5 6; do \
			timeout 300 apt-get -qq -o DPkg::Lock::Timeout=60 update >/dev/null && break; sleep 10; \
		done; \
		timeout 600 apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends postgresql nginx-light >/dev/null && exit 0; \
	fi; \
	echo "PostgreSQL or nginx was not found, and could not be installed here. The tests on servers need both:" >&2; \
	echo "PostgreSQL 15 or later, with your system's packages (Debian: apt-get install postgresql nginx-light)." >&2; \
	test "$${CI:-}" != true

scale-test: servers ## Try a library on PostgreSQL and Chroma servers on this computer, in some minutes: replies, search, moves
	$(BIN)/python -m tests.scale $(SCALE_ARGS)

wheel: .venv/.developer ## Build a wheel into dist
	rm -rf build/lib build/bdist.* dist
	$(BIN)/python -m build --wheel --no-isolation
	@rm -rf build/lib build/bdist.*  # or the next “pip install .” would pack what is left there
	@ls dist/*.whl

clean: ## Remove what was built and cached; .venv and the library stay
	rm -rf build dist *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name '.venv*' -prune -o -name __pycache__ -type d -exec rm -rf {} +

# The stamps below are older than pyproject.toml or the locks when something must be installed.
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

# Nothing is installed that is not in a lock, by its hash. What builds comes first. PyTorch is fetched from where this
# computer's pip finds it, and then held to the lock; PyPI's for Linux names the packages for CUDA as its needs, others get none.
.venv/.installed: .venv/.folder pyproject.toml lock/build.txt lock/torch.txt lock/cuda.txt lock/run.txt
	@echo "Installing Footnote into .venv. The first time takes some minutes: PyTorch alone is 200 MB or more."
	@$(PIP) install --quiet $(LOCKED) -r lock/build.txt
	@quiet=--quiet; test ! -t 1 || quiet=; rm -rf .venv/torch; \
	$(PIP) download $$quiet --no-deps --only-binary=:all: -d .venv/torch "$$(sed -n 's/^\(torch==[0-9.]*\).*/\1/p' lock/torch.txt)" && \
	$(PIP) install --quiet $(LOCKED) --no-index --find-links .venv/torch -r lock/torch.txt && rm -rf .venv/torch && \
	$(PIP) install $$quiet $(LOCKED) -r lock/run.txt
	@needs='import sys, importlib.metadata as m; sys.exit(not any(n.startswith("nvidia-") for n in m.requires("torch")))'; \
	if $(BIN)/python -c "$$needs"; then $(PIP) install --quiet $(LOCKED) -r lock/cuda.txt; fi
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch .venv/.installed

.venv/.developer: .venv/.installed lock/dev.txt
	@echo "Installing the tools for tests into .venv …"
	@$(PIP) install --quiet $(LOCKED) -r lock/dev.txt
	@$(PIP) check
	@touch .venv/.developer

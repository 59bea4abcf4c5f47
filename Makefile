# Commands of the house. Each makes $(VENV) by itself when there is none, or when pyproject.toml has changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OLDEST := .venv-oldest
FUZZ := .venv-fuzz
MUTANTS := .venv-mutants

.DEFAULT_GOAL := help
.PHONY: help demo servers test conformance crash faults wire test-slow test-oldest mutants bench bench-odata check lint types layers format goldens docs setup clean upkeep kept resources properties badcases fuzz

help:  ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

demo: $(READY)  ## run the invoicing flow end to end on sample data
	$(BIN)/python examples/invoicing/demo.py

servers: $(READY)  ## install the servers that tests start (needs npm; once)
	PYTHONPATH=. $(BIN)/python -m tests.servers.odata.cap

test: $(READY)  ## run the tests, except the slow ones, on all cores
	$(BIN)/pytest -n auto --dist loadfile

badcases: $(READY)  ## play every bad case through the command line, and show the table
	CROSSWALK_BADCASES=1 $(BIN)/pytest -q tests/badcases

fuzz: $(FUZZ)/.ready  ## look for inputs that break a promise, with atheris, for FUZZ_SECONDS (300)
	PYTHONPATH=engine:. nice -n 19 $(FUZZ)/bin/python -m tests.fuzz.with_atheris

test-slow: $(READY)  ## run the tests that take minutes
	$(BIN)/pytest -m slow

conformance: $(READY)  ## show what every kind of outside system can do: connector by behaviour
	CROSSWALK_MATRIX=1 $(BIN)/pytest -q -rN tests/conformance

crash: $(READY)  ## kill runs at every moment, run them again, and show the table (half an hour on one core)
	@mkdir -p build && rm -f build/crash.jsonl
	CROSSWALK_CRASH=all CROSSWALK_CRASH_TABLE=$(CURDIR)/build/crash.jsonl $(BIN)/pytest -q -n auto tests/crash; \
	  ended=$$?; PYTHONPATH=. $(BIN)/python -m tests.crash build/crash.jsonl; exit $$ended

properties: $(READY)  ## try the properties of the contract on many more projects made by chance (an hour)
	CROSSWALK_EXAMPLES=$(or $(CROSSWALK_EXAMPLES),20) CROSSWALK_SHRINK=1 $(BIN)/pytest -q -n auto tests/properties

faults: $(READY)  ## play every fault of the network against whole runs, and show the table (minutes)
	CROSSWALK_FAULTS=1 $(BIN)/pytest -q -m "slow or not slow" tests/wire/test_faults.py

resources: $(READY)  ## fill disks, limit memory, take rights away, race for the lock, move the clock; show the table (minutes)
	CROSSWALK_RESOURCES=1 $(BIN)/pytest -q tests/resources

wire: $(READY)  ## run the invoicing flow at volume between two OData servers, and time it (minutes)
	$(BIN)/pytest -q -m slow tests/wire/test_volume.py

test-oldest: $(OLDEST)/.ready  ## run the tests with the oldest DuckDB that is supported
	$(OLDEST)/bin/pytest

mutants: $(MUTANTS)/.ready  ## change the ledger, the runner and the path of rejects, and see which tests notice (an hour)
	PYTHONPATH=. $(MUTANTS)/bin/python -m tests.mutation

bench: $(READY)  ## time the invoicing flow at volume beside hand-written SQL (minutes)
	$(BIN)/python benchmarks/flow.py

bench-odata: $(READY)  ## time reading from and writing to an OData server beside bare clients (minutes; needs npm)
	PYTHONPATH=. $(BIN)/python benchmarks/odata.py

upkeep: $(READY)  ## play ten thousand runs on one file, with and without pruning (an hour)
	$(BIN)/python benchmarks/upkeep.py
	$(BIN)/python benchmarks/upkeep.py --prune-every 250

kept: $(OLDEST)/.ready  ## keep a database file of the current ledger version; once, when the version is new
	$(OLDEST)/bin/python tests/ledger/keep.py

check: lint types layers test  ## run everything that must pass before a commit

lint: $(READY)  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## check types
	$(BIN)/mypy

layers: $(READY)  ## check the import contract
	$(BIN)/lint-imports --no-logo

format: $(READY)  ## put code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

goldens: $(READY)  ## write the golden files again; read the difference before you commit it
	CROSSWALK_REGENERATE=1 $(BIN)/pytest -k golden

docs: $(READY)  ## write what the documents quote and what their examples give; read the difference
	CROSSWALK_REGENERATE=1 $(BIN)/pytest tests/docs

setup: $(READY)  ## make the virtual environment

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

$(FUZZ)/.ready: pyproject.toml
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' atheris
	@touch $@

$(OLDEST)/.ready: pyproject.toml
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' 'duckdb==1.5.*'
	@touch $@

$(MUTANTS)/.ready: pyproject.toml
	$(PYTHON) -m venv $(MUTANTS)
	$(MUTANTS)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[mutation]'
	@touch $@

clean:  ## remove the virtual environment and all caches
	rm -rf $(VENV) $(OLDEST) $(MUTANTS) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

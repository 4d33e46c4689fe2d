# Every chore is one word here; .ci/run calls the same ones.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
TOOLS := .venv/.installed-tools

.PHONY: setup run live test chaos soak check fmt lock clean

# What the server runs with, and nothing else: an operator's machine has no test tools.
setup: $(STAMP)

# pip checks every package against the hashes in the lock file.
$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Huixin needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# What tests and checks need beside it, in the same .venv.
$(TOOLS): requirements-dev.lock $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# With ARGS=--voice the sandbox answers by voice, too.
run: setup
	$(BIN)/python server.py $(ARGS)

# Set up by questions, and serve real followers; with a my.yml that is there it asks which of both.
live: setup
	@$(BIN)/python -m service.setup $(ARGS)

# The tests mostly wait: for WeChat's tries, for speech, for a process to end. So several run at once.
test: $(TOOLS)
	@command -v cc > /dev/null || { echo 'The tests need a C compiler, cc: apt-get install gcc libc6-dev'; exit 1; }
	$(BIN)/python -m pytest -p no:cacheprovider -n 5 --dist worksteal $(TESTS)

# Two minutes of killed servers, and the reading afterwards; CHAOS="--servers 2 --seed 7" and so on.
chaos: $(TOOLS)
	$(BIN)/python -m tests.chaos $(CHAOS)

# A quarter of an hour of right and spoilt pushes on good and bad connections; SOAK="--bodies 8000".
soak: setup
	$(BIN)/python -m bench.mutations $(SOAK)

check: $(TOOLS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .

fmt: $(TOOLS)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

# Writes both lock files anew from pyproject.toml (needs uv); what is in both is the same version.
lock:
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

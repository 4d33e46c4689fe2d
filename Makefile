# Every chore is one word here; .ci/run calls the same ones.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

# The tests mostly wait: for WeChat's tries, for speech, for a process to end. So they run in groups
# side by side; a file that is in no group below is in the last one.
GROUP_1 := tests/test_voice.py
GROUP_2 := tests/test_voice_recovery.py
GROUP_3 := tests/test_chaos.py tests/test_azure_speech.py tests/test_slow_disk.py
GROUP_4 := tests/test_passive_reply.py tests/test_recovery.py tests/test_failures.py \
	tests/test_two_processes.py tests/test_sandbox_wechat.py tests/test_resume.py
GROUP_5 := tests/test_locked.py tests/test_bounds.py tests/test_bad_input.py tests/test_commands.py \
	tests/test_inspect.py tests/test_invariants.py tests/test_ownership.py
GROUPED := $(GROUP_1) $(GROUP_2) $(GROUP_3) $(GROUP_4) $(GROUP_5)
GROUP_6 := $(filter-out $(GROUPED),$(wildcard tests/test_*.py))
GROUPS := 1 2 3 4 5 6

.PHONY: setup run test chaos check fmt lock clean $(GROUPS:%=test-%)

setup: $(STAMP)

# pip checks every package against the hashes in the lock file.
$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Huixin needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

run: setup
	$(BIN)/python server.py

test: setup
	@command -v cc > /dev/null || { echo 'The tests need a C compiler, cc: apt-get install gcc libc6-dev'; exit 1; }
	@$(MAKE) --no-print-directory --keep-going --jobs --output-sync $(GROUPS:%=test-%)

$(GROUPS:%=test-%): test-%: setup
	@$(BIN)/python -m pytest -p no:cacheprovider $(GROUP_$*)

# Two minutes of killed servers, and the reading afterwards; CHAOS="--servers 2 --seed 7" and so on.
chaos: setup
	$(BIN)/python -m tests.chaos $(CHAOS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .

fmt: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Writes the lock file anew from pyproject.toml (needs uv).
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev \
		--no-header --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

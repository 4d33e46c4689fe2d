# Every chore is one word here; .ci/run calls the same ones.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
TOOLS := .venv/.installed-tools
CHARTS := .venv/.installed-charts

.PHONY: setup run live test chaos soak bench check fmt lock clean

# What the server runs with, and nothing else: an operator's machine has no test tools.
setup: $(STAMP)

# pip checks every package against the hashes in the lock file; PIP_INDEX_URL names a mirror.
INSTALL := -m pip install --quiet --disable-pip-version-check --retries 2 --timeout 20 --require-hashes
PIP := $(BIN)/python $(INSTALL)
LOG := .venv.log
NOT_INSTALLED = { grep -m1 -i '^error' $(LOG); echo '✗ 没有装成（全部输出见 $(LOG)）。连不上网时换一个镜像再试：make run PIP_INDEX_URL=镜像的地址'; \
	echo '✗ Not installed (all of the output: $(LOG)). Where the network fails, try a mirror: make run PIP_INDEX_URL=ITS_ADDRESS'; \
	[ ! -e .venv ] || echo '  原来的 .venv 没有动，还能用  The .venv that was there is as it was'; exit 1; }
# Made beside the one that is there, which runs until all of it is done; scripts name their place.
NEW := .venv.new
MOVED := import pathlib; [one.write_bytes(text.replace(b"/$(NEW)", b"/.venv")) for one in pathlib.Path("$(NEW)/bin").iterdir() if one.is_file() and not one.is_symlink() and b"/$(NEW)" in (text := one.read_bytes())]

$(STAMP): requirements.lock
	@command -v $(PYTHON) > /dev/null || { echo '✗ 没有找到 $(PYTHON)。请安装 Python 3.11 或更新的版本  $(PYTHON) is missing: install Python 3.11 or newer'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "✗ 回信需要 Python 3.11 或更新的版本  Huixin needs Python 3.11 or newer: make run PYTHON=python3.11")'
	@[ -e .venv ] || [ ! -e .venv.old ] || mv .venv.old .venv
	@echo '[1/2] 建立 .venv  Creating .venv …'
	@$(PYTHON) -m venv --clear --prompt .venv $(NEW) || { echo '✗ 没有建成 .venv，原因见上；Debian 和 Ubuntu 上先 apt-get install python3-venv  No .venv, see above; on Debian and Ubuntu it needs python3-venv'; exit 1; }
	@echo '[2/2] 安装依赖，约一分钟  Installing what it runs with, about a minute …'
	@$(NEW)/bin/python $(INSTALL) -r requirements.lock > $(LOG) 2>&1 || $(NOT_INSTALLED)
	@$(NEW)/bin/python -c '$(MOVED)'
	@touch $(NEW)/$(notdir $@)
	@rm -rf .venv.old; { [ ! -e .venv ] && [ ! -L .venv ]; } || mv .venv .venv.old; mv $(NEW) .venv && rm -rf .venv.old

# What tests and checks need beside it, in the same .venv.
$(TOOLS): requirements-dev.lock $(STAMP)
	@echo '安装测试工具  Installing the tools of the tests …'
	@$(PIP) -r requirements-dev.lock > $(LOG) 2>&1 || $(NOT_INSTALLED)
	@touch $@

# With ARGS=--voice the sandbox answers by voice, too.
run: setup
	@echo '启动模拟环境，Ctrl-C 停止  Starting the sandbox, Ctrl-C stops it …'
	@$(BIN)/python server.py $(ARGS)

# Set up by questions, and serve real followers; with a my.yml that is there it asks which of both.
live: setup
	@$(BIN)/python -m service.setup $(ARGS)

# The tests start hundreds of processes: what one has compiled, the others need not compile again.
unexport PYTHONDONTWRITEBYTECODE

# In a new clone one process reads all of the tests first, and has Hypothesis look up all characters
# that there are: those that run them at once would each do most of it, at the same time.
READ := tests/__pycache__/.all
$(READ): $(TOOLS)
	@$(BIN)/python -c 'from hypothesis import strategies; strategies.text().validate()'
	@$(BIN)/python -m pytest --collect-only -p no:cacheprovider > /dev/null && touch $@ || true

# The tests mostly wait: for WeChat's tries, for speech, for a process to end. So several run at once;
# on a machine that is slow, or busy with other things, fewer: make test AT_ONCE=4.
AT_ONCE ?= 7
test: $(READ)
	@command -v cc > /dev/null || { echo 'The tests need a C compiler, cc: apt-get install gcc libc6-dev'; exit 1; }
	$(BIN)/python -m pytest -p no:cacheprovider -n $(AT_ONCE) --dist worksteal $(TESTS)

# Two minutes of killed servers, and the reading afterwards; CHAOS="--servers 2 --seed 7" and so on,
# CHAOS="--store postgresql --servers 3" for three on one PostgreSQL server that ends now and then.
chaos: $(TOOLS)
	$(BIN)/python -m tests.chaos $(CHAOS)

# A quarter of an hour of right and spoilt pushes on good and bad connections; SOAK="--bodies 8000".
soak: setup
	$(BIN)/python -m bench.mutations $(SOAK)

# What draws the chart of the figures, and nothing else needs.
$(CHARTS): requirements-bench.lock $(STAMP)
	@echo '安装画图的工具  Installing what draws the chart …'
	@$(PIP) -r requirements-bench.lock > $(LOG) 2>&1 || $(NOT_INSTALLED)
	@touch $@

# Figures beside the floor program: three minutes into var/bench, FULL=1 into docs; ONLY=growth,idle
# for some of them.
bench: $(CHARTS)
	$(BIN)/python -m bench $(if $(FULL),--full) $(if $(ONLY),--only $(ONLY)) $(BENCH)

check: $(TOOLS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .

fmt: $(TOOLS)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

# Writes the lock files anew from pyproject.toml (needs uv); what is in several is the same version.
lock:
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) --group bench --constraint requirements.lock --constraint requirements-dev.lock --output-file requirements-bench.lock

clean:
	rm -rf .venv .venv.* .mypy_cache .ruff_cache .pytest_cache .hypothesis

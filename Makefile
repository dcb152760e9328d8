# Two commands on a fresh machine: `make demo` sets everything up and runs the main job; `make test` runs the tests.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: setup demo test lint types bench check clean

setup: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	@scripts/system-libraries
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) …"
	@$(BIN)/pip install --quiet -r requirements.lock
	@$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

demo: setup
	@$(BIN)/countenance demo --output out

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup
	@$(BIN)/ruff check src tests bench
	@$(BIN)/ruff format --check src tests bench

types: setup
	@$(BIN)/mypy

check: lint types test

bench: setup
	@$(BIN)/python -m bench.quality
	@$(BIN)/python -m bench.speed
	@$(BIN)/python -m bench.memory

clean:
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache

# The lock holds what the tests ran on. Needs uv, which is among the development dependencies.
lock:
	@$(BIN)/python -m uv pip compile --quiet --python-version 3.11 --extra dev --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock

# Two commands on a fresh machine: `make demo` sets everything up and runs the main job; `make test` runs the tests.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
WARM   := $(VENV)/.warm
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: setup page warm demo test test-fast soak matrix lint types docs hooks bench check lock clean

setup: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	@scripts/system-libraries
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) …"
	@$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --no-deps --editable .
	@$(BIN)/python scripts/build-page || echo "The studio's pages are not built; make page tries again."
	@touch $@

# The studio's pages, with node from a wheel: users of the package need none. Without the network everything else works.
PAGE := src/countenance/server/static/index.html

page: $(PAGE)

$(PAGE): $(STAMP) $(shell find page -path page/node_modules -prune -o -type f -print 2>/dev/null) $(wildcard src/countenance/server/words/*.json)
	@echo "building the studio's pages …"
	@$(BIN)/python scripts/build-page

# Models are brought and loops compiled once, so that the first job's first frame need not wait for them.
warm: $(WARM)

$(WARM): $(STAMP)
	@echo "bringing models and compiling loops, about a minute …"
	@$(BIN)/countenance models warm
	@touch $@

demo: warm
	@$(BIN)/countenance demo --output out

test: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile

# Without what draws faces, starts servers or holds whole commands; tests/conftest.py says which.
test-fast: setup
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not soak"

# What runs for long: sizes, differential tests against programs that are not ours.
soak: setup
	@$(BIN)/python -m pytest -m soak --timeout 3600 || test $$? -eq 5

# The quick tests on every Python that is here, each in an environment of its own.
matrix: setup
	@$(BIN)/nox

lint: setup
	@$(BIN)/ruff check src tests bench scripts/rename noxfile.py
	@$(BIN)/ruff format --check src tests bench scripts/rename noxfile.py

types: setup
	@$(BIN)/mypy

# The pages and the API reference, into site/. A broken link or an unknown name fails.
docs: setup
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

hooks: setup
	@$(BIN)/pre-commit install

check: lint types test

bench: setup
	@$(BIN)/python -m bench.quality
	@$(BIN)/python -m bench.speed
	@$(BIN)/python -m bench.memory
	@$(BIN)/python -m bench.startup

clean:
	rm -rf $(VENV) out build dist site .nox .mypy_cache .ruff_cache .pytest_cache

# The lock holds what the tests ran on, each file with its hash. Needs uv, which is among the development dependencies.
lock:
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra docs --no-emit-index-url --no-annotate \
	  --generate-hashes --custom-compile-command "make lock" pyproject.toml -o requirements.lock

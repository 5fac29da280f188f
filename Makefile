# make demo   compare three policy options with the baseline over the trusts of England (results/demo)
# make test   run the tests
# make quick  run the unit tests only: a minute
# make release  run what takes too long for every change: facts at all draws, the attacks at full size
# make bench  measure speed against the figures promised
# make lint   style and types
# make docs   build the site of the documents (build/site); a warning is an error
# The first call makes a private environment in .venv. Another Python: make demo PYTHON=/path/to/python3.12

PYTHON ?=
VENV ?= .venv
DEMO_OUT ?= results/demo
REPLICATES ?= 200
PYTEST_ARGS ?= -n auto --dist worksteal
BENCH_ARGS ?=
LOCK_ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test quick release bench lint docs format requirements clean

help:
	@sed -n 's/^# //p' Makefile | head -8

$(BIN)/python:
	@python=$$(bash scripts/find_python.sh "$(PYTHON)") && echo "Making $(VENV) with $$python" && "$$python" -m venv "$(VENV)"

# The build backend is among the hashed requirements, so nothing is fetched outside them. Pip compiles to bytecode.
$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/.documents: requirements-docs.txt $(VENV)/.development
	$(PIP) install --quiet --require-hashes -r requirements-docs.txt
	@touch $@

demo: $(VENV)/.runtime
	$(BIN)/diffusion compare baseline tariff test-beds local-first \
		--replicates $(REPLICATES) --seed 1 --out $(DEMO_OUT) --force
	@echo
	@echo "The tables and the page to open in a browser are in $(DEMO_OUT):"
	@ls $(DEMO_OUT)

test: $(VENV)/.development
	$(BIN)/python -m pytest $(PYTEST_ARGS)

quick: $(VENV)/.development
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m "unit and not slow"

release: $(VENV)/.development
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m release
	$(BIN)/python tests/attack/all.py

bench: $(VENV)/.runtime
	$(BIN)/python benchmarks/bench.py $(BENCH_ARGS)

lint: $(VENV)/.development
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python scripts/check_floors.py
	$(BIN)/python scripts/frame_stub.py --check

docs: $(VENV)/.documents
	$(BIN)/python -m sphinx -b html -c docs/site -d build/doctrees -W --keep-going -E -q -j 2 . build/site
	$(BIN)/python scripts/check_site.py build/site
	@echo "The site is built: build/site/index.html"

format: $(VENV)/.development
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Newest versions: make requirements LOCK_ARGS=--upgrade
requirements: $(VENV)/.development
	bash scripts/lock_requirements.sh $(BIN)/uv $(LOCK_ARGS)

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Hai Chiều. Needs make and Python 3.11+ with venv; everything else comes from the lock files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than cores: who starts a service or opens a page waits most of the time.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 1)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run demo test test-fast lint bench pictures lock clean

run: $(VENV)/.run  ## migrate the database and serve on http://127.0.0.1:8080
	@$(BIN)/hai-chieu run

demo: $(VENV)/.run  ## the same, with a made-up commune in it when data/ is empty
	@$(BIN)/hai-chieu demo --if-empty
	@$(BIN)/hai-chieu run

test: $(VENV)/.dev  ## the whole suite; PostgreSQL and Chromium parts where they are installed
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-fast: $(VENV)/.dev  ## without browser, killed processes and other slow parts
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev  ## measure, and print ratios
	@$(BIN)/python -m tests.bench

pictures: $(VENV)/.dev  ## take the handbook's pictures anew (needs Chromium)
	@$(BIN)/python -m docs.make_pictures

lock:  ## renew both lock files (needs uv on the PATH)
	uv pip compile -q --upgrade --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --python-version 3.11 --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --upgrade --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --python-version 3.11 --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing (first start only) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q bot console faq handlers storage  # a start must not wait for the compiler
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

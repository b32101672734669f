# Every target does its own set-up; see CONTRIBUTING.md for what each kind of test is for.
.DEFAULT_GOAL := help
.PHONY: help install run test test-unit test-twins test-generative test-journeys test-promises test-scenarios \
	test-verification test-long check fix bench clean lock

BIN := .venv/bin
PORT ?= 8000
PEOPLE ?= 5000
# More than the cores: a journey waits for its browser and a story for its database.
JOBS ?= 3
# A file stays on one worker: its tests share a database, and a journey is walked in order.
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile
SHORT := $(PYTEST) -m "not long"

help: ## list what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/|/' | awk -F'|' '{printf "make %-18s%s\n", $$1, $$2}'

install: ## set up .venv with everything that run and test need
	@python3 tools/bootstrap

run: install ## load the demonstration place and serve it, with its sign-ins
	@$(BIN)/careweave demo --people $(PEOPLE)
	@$(BIN)/careweave serve --port $(PORT)

test: install-browser ## every test that takes less than a minute: real PostgreSQL, real browser
	$(SHORT) tests

test-unit test-twins test-generative test-promises test-scenarios test-verification: install
	$(SHORT) tests/$(@:test-%=%)

test-journeys: install-browser
	$(SHORT) tests/journeys

test-long: install-browser ## what takes longer: kills at random moments, large inputs
	$(PYTEST) -m long tests

check: install ## style, types, layers, generated pages, the safety case
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/build_access_matrix.py --check
	$(BIN)/python tools/build_data_dictionary.py --check
	$(BIN)/python tools/build_safety_case.py --check

fix: install ## put right what a program can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## speeds and sizes, with the machine, its noise and the method
	$(BIN)/python -m bench

lock: install ## resolve the dependencies of pyproject.toml again
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --extra dev --no-emit-index-url \
		--no-emit-find-links pyproject.toml -o requirements.lock

clean: ## forget .venv and every cache; the data stay
	-$(BIN)/careweave stop
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: install-browser
install-browser:
	@python3 tools/bootstrap --browser

PYTHON ?= python3
export PYTHON
BIN = .venv/bin
ARGS ?=

.PHONY: run why test lint format bench docs env

run: env ## build the environment and run the default study
	$(BIN)/snakemake $(ARGS)

why: env ## for every pending job, what changed since its outputs were made
	PYTHONPATH=workflow $(BIN)/python -m ultimetric.planning.why $(ARGS)

test: env ## build the environment and run the tests
	$(BIN)/python -m pytest $(ARGS)

lint: env ## style of Python and of the rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

format: env ## mend the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

bench: env ## time what is ours against the textbook way, and planning
	PYTHONPATH=workflow:.peers $(BIN)/python benchmarks/masked_inverse.py
	$(BIN)/python benchmarks/planning.py

docs: env ## API pages from the docstrings, in results/docs
	PYTHONPATH=workflow $(BIN)/pdoc -o results/docs ultimetric

env: ## build .venv alone
	sh envs/setup.sh

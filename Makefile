PYTHON ?= python3
export PYTHON
BIN = .venv/bin
ARGS ?=

.PHONY: run judge check data why test test-quick lint format bench peers docs env

run: env ## build the environment and run the default study
	$(BIN)/snakemake $(ARGS)

# FILE="a.hdf5 b.hdf5", and if need be TRUTH=truth.hdf5 GEOMETRY=calogan DATASET=gamma NAME=my_model;
# TRUTH may be the name of published data, such as TRUTH=calochallenge-2, or TRUTH=bundled
judge: env ## compare files of showers, jets ... with truth: make judge FILE=my.hdf5
	$(BIN)/snakemake $(ARGS) --configfile workflow/studies/judge.yaml --config file='$(FILE)' \
	  $(if $(TRUTH),truth='$(TRUTH)') $(if $(GEOMETRY),geometry='$(GEOMETRY)') \
	  $(if $(DATASET),dataset='$(DATASET)') $(if $(NAME),name='$(NAME)')

check: env ## try your generator: make check FILE=gen.py, more in docs/tutorials/network.md
	$(if $(FILE),,$(error say which generator: make check FILE=gen.py))
	@PYTHONPATH=workflow $(BIN)/python -m ultimetric.check "$(FILE)" --seen-from "$(PWD)" \
	  $(if $(CARD),--card "$(CARD)") \
	  $(if $(PREPROCESSING),--preprocessing "$(PREPROCESSING)") \
	  $(if $(BUILDS_ON),--builds-on "$(BUILDS_ON)") \
	  $(if $(DATASET),--dataset "$(DATASET)") \
	  $(if $(GEOMETRY),--geometry "$(GEOMETRY)")

data: env ## list published truths, or download one: make data NAME=calochallenge-2
	@PYTHONPATH=workflow $(BIN)/python -m ultimetric.downloads $(NAME)

why: env ## for every pending job, what changed since its outputs were made
	PYTHONPATH=workflow $(BIN)/python -m ultimetric.snake.why $(ARGS)

test: env ## build the environment and run the tests
	$(BIN)/python -m pytest $(ARGS)

test-quick: env ## the tests that take no seconds and start no Snakemake or cluster
	$(BIN)/python -m pytest -m "not workflow and not slurm and not slow" $(ARGS)

lint: env ## style of Python and of the rules, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy

format: env ## mend the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

bench: peers ## time what is ours against its peers; writes results/benchmarks.csv and a figure
	for name in masked_inverse flow_training classifier precision features files streaming sampling planning draw physics_distances; do \
	  echo "benchmarks/$$name.py"; \
	  PYTHONPATH=workflow:.peers $(BIN)/python benchmarks/$$name.py || exit 1; \
	done

peers: env
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --target .peers --upgrade -r benchmarks/requirements.txt

docs: env ## build the documentation site, results/docs/index.html; broken links fail
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs results/docs

env: ## build .venv alone
	sh envs/setup.sh

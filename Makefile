# Everything that is done with a fresh clone. It needs Python 3.11 or newer and make, nothing else.
#
#   make study                the demonstration study: tables, figures and the report in outputs/2024/
#   make study STUDY=2023     another one of params/
#   make help                 all targets

STUDY ?= params/2024.yml
VENV  ?= .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready

# One thread a process: two notebooks share the machine, and results do not depend on the number of cores.
export OMP_NUM_THREADS = 1
export OPENBLAS_NUM_THREADS = 1
export MKL_NUM_THREADS = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help study check test test-all test-notebooks doctest lint types notebooks demo-data bench parity requirements clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

study: $(READY) ## run a study (STUDY=params/2024.yml)
	$(BIN)/csat run $(STUDY)

check: $(READY) ## check the params, codebook and data of a study
	$(BIN)/csat check $(STUDY)

test: lint types doctest ## what every change must pass: style, types, tests without slow ones, notebooks
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"
	$(MAKE) test-notebooks

test-all: lint types doctest ## the same with the slow tests
	$(BIN)/python -m pytest -n 2 --dist loadfile
	$(MAKE) test-notebooks

test-notebooks: $(READY) ## compare the notebooks with their stored outputs
ifneq ($(wildcard notebooks/*.ipynb),)
	$(BIN)/python -m pytest --nbval --nbval-current-env --dist loadfile -n 2 -o filterwarnings=default $(if $(wildcard tests/nbval.cfg),--nbval-sanitize-with tests/nbval.cfg) notebooks
endif

doctest: $(READY) ## run the examples of the docstrings
	$(BIN)/python -m pytest --doctest-modules csat_models

lint: $(READY) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## types
	$(BIN)/mypy

notebooks: $(READY) ## make the outputs stored in the notebooks anew
	$(BIN)/python -m csat_models.workflow.running.refreshing

demo-data: $(READY) ## simulate the demonstration survey again
	$(BIN)/python -m csat_models.survey.demonstration data/raw

bench: $(READY) ## measure
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

parity: $(READY) ## compare all numbers with other programs' (docs/parity.md)
	$(BIN)/python -m benchmarks.parity

requirements: $(READY) ## write the versions installed into requirements.txt
	sed -n '/^#/p' requirements.txt > requirements.new
	$(BIN)/python -m pip freeze --exclude csat_models --exclude-editable >> requirements.new
	mv requirements.new requirements.txt

clean: ## delete what is made anew by the other targets, but not the environment
	find data/processed outputs -mindepth 1 -maxdepth 1 ! -name .gitkeep -exec rm -rf {} +
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info

# Python without ensurepip (as Debian ships it) gets pip from the pip that called it.
$(BIN)/python:
	@for python in "$(PYTHON)" python3 python3.13 python3.12 python3.11; do \
	  if [ -n "$$python" ] && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "$$python -m venv $(VENV)"; \
	    $$python -m venv $(VENV) || \
	      { $$python -m venv --clear --without-pip $(VENV) && \
	        $$python -m pip --python $(BIN)/python install -q pip; }; \
	    exit; \
	  fi; \
	done; \
	echo "csat_models needs Python 3.11 or newer; install it or set PYTHON=/path/to/python" >&2; exit 1

$(READY): requirements.txt pyproject.toml | $(BIN)/python
	@echo "installing the pinned packages (a few minutes) ..."
	@$(BIN)/python -m pip install -q -r requirements.txt
	$(BIN)/python -m pip install -q --no-deps -e .
	@touch $@

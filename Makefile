# Two commands: `make demo` (the demo study, from set-up to report) and `make test`.
# Everything is installed into .venv/; nothing outside this folder is touched (but by test-slurm).

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo test test-slow test-slurm lint format docs pictures validate bench \
  bench-scale constraints clean

CORES ?= all
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# The first Python that is new enough and can make virtual environments.
FIND_PYTHON := for p in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
	  if "$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then echo "$$p"; break; fi; done

help:
	@echo "make demo       set up, simulate the demo study and analyse it: results/demo/report.html"
	@echo "make setup      set up .venv/ alone, for studies of your own"
	@echo "make test       set up, lint, and run the tests"
	@echo "make test-slow  the long checks"
	@echo "make validate   550 simulated mice and 1,008 hard clicks against their truth, and how often"
	@echo "                the default test errs: docs/validation.md, docs/figures/"
	@echo "make test-slurm the workflow on a one-node SLURM, which it installs (Debian, as root)"
	@echo "make bench      time measuring and survival analyses, beside ImageJ and R where installed"
	@echo "make bench-scale  10,000 simulated clicks: time, memory and how they grow"
	@echo "make pictures   redraw the pictures of docs/figures.md and the baselines of the tests"
	@echo "make docs       rewrite what is generated: config/README.md, the schema, environment.yml"
	@echo "make clean      remove .venv, results and the simulated data (never your own data)"

$(VENV)/bin/python:
	@python="$$($(FIND_PYTHON))"; \
	if [ -z "$$python" ]; then \
	  echo "Lumicohort needs Python 3.11 or newer with venv; none was found."; \
	  echo "Install one (on Debian and Ubuntu: python3 and python3-venv) or say: make PYTHON=/path/to/python3.12"; \
	  exit 1; fi; \
	echo "Setting up $(VENV)/ with $$("$$python" --version)"; \
	"$$python" -m venv $(VENV)

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.ready-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(INSTALL) --editable ".[test]"
	@touch $@ $(VENV)/.ready

setup: $(VENV)/.ready

setup-test: $(VENV)/.ready-test

demo: setup
	$(BIN)/snakemake --cores $(CORES)
	@echo
	@echo "The demo study is done. Open results/demo/report.html in a browser."

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy

test: lint
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: setup-test
	$(BIN)/python -m pytest -m slow

test-slurm: setup-test
	$(INSTALL) --editable ".[test,slurm]"
	tools/slurm_one_node.sh install
	tools/slurm_one_node.sh run $(BIN)/python -m pytest -s -m slow tests/workflow/test_slurm.py

format: setup-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

docs: setup-test
	$(BIN)/python tools/generate.py

pictures: setup-test
	$(BIN)/python tests/figures/pictures.py baseline
	$(BIN)/python tests/figures/pictures.py gallery
	$(BIN)/python tests/figures/pictures.py stress

validate: setup-test
	$(BIN)/python benchmarks/validate_flux.py
	$(BIN)/python benchmarks/validate_type1.py --figure docs/figures/type1_error.svg

bench: setup-test
	$(BIN)/python benchmarks/bench.py

bench-scale: setup-test
	$(BIN)/python benchmarks/bench_scale.py --figure docs/figures/scale.svg

# Resolve anew, in an environment of its own, and pin what was resolved (names and versions).
constraints:
	@python="$$($(FIND_PYTHON))"; rm -rf .cache/constraints; \
	"$$python" -m venv .cache/constraints && \
	.cache/constraints/bin/python -m pip install --quiet --disable-pip-version-check ".[test,slurm]" && \
	{ echo "# Every resolved version, written by \`make constraints\`; used by the Makefile."; \
	  .cache/constraints/bin/python -m pip freeze --exclude lumicohort; } > constraints.txt
	@rm -rf .cache/constraints

clean:
	rm -rf $(VENV) results .snakemake .cache
	@if [ -f data/demo/SIMULATED.txt ]; then rm -rf data/demo; fi

# The two that matter: `make report` and `make test`. Both set everything up first, in .venv.
PYTHON ?= python3
UV ?= uv
VENV := .venv
RUN := $(VENV)/bin/python

# These can start another environment's kernels.
unexport JUPYTER_PATH JUPYTER_PREFER_ENV_PATH

# Stamps are named after content, not time; the folder is part of it, because a moved environment breaks.
checksum = $(shell { cat $(1); pwd; } | cksum | cut -d' ' -f1)
PACKAGE := pyproject.toml hatch_build.py legalaid_eval/runner/kernelspec/kernel.json
LOCKED := $(VENV)/.locked-$(call checksum,requirements.lock)
INSTALLED := $(VENV)/.installed-$(call checksum,requirements.lock $(PACKAGE))
ENGINES := .venv-engines
ENGINES_INSTALLED := $(ENGINES)/.installed-$(call checksum,requirements.lock requirements-engines.lock $(PACKAGE))
ORACLES := .venv-oracles
ORACLES_INSTALLED := $(ORACLES)/.installed-$(call checksum,requirements-oracles.lock)

.PHONY: setup engines oracles report test test-engines study bench lint lock clean

setup: $(INSTALLED)

$(LOCKED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo not there)." >&2; \
	  echo "Name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(INSTALLED): | $(LOCKED)
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Other engines for a register than the built-in DuckDB: PySpark with its own Java, and a Postgres client. They stand on
# the packages of .venv but outside of it, because PySpark warns into notebooks.
engines: $(ENGINES_INSTALLED)

$(ENGINES_INSTALLED): | $(INSTALLED)
	$(RUN) -m venv --clear $(ENGINES)
	@echo "import site; site.addsitedir('$$($(RUN) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')')" \
	  > "$$($(ENGINES)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/base.pth"
	$(ENGINES)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-engines.lock
	@touch $@

# Independent packages that ask for an older pandas.
oracles: $(ORACLES_INSTALLED)

$(ORACLES_INSTALLED): | $(INSTALLED)
	$(RUN) -m venv --clear $(ORACLES)
	$(ORACLES)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-oracles.lock
	@touch $@

report: setup
	$(VENV)/bin/legalaid-eval report params/*.yaml --out reports

# Two processes, each file of tests in one of them. Reports are built first: they take longest, and one process would
# otherwise wait for them.
test: setup
	$(RUN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/notebooks tests
	$(RUN) -m pytest -n 2 --dist loadfile --nbval --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-kernel-name legalaid-eval notebooks

# The same cells from Spark and from Postgres as from DuckDB.
test-engines: engines
	$(ENGINES)/bin/python -m pytest tests/engines

# First what the independent packages say, and the tests on data and packages that only their environment has.
study: setup oracles
	$(ORACLES)/bin/python tests/studies/did_oracles.py compute tests/reference/did_panels.csv tests/reference/did_oracles.csv
	$(ORACLES)/bin/python tests/studies/oracle_packages.py tests/studies/oracle_packages.csv
	$(ORACLES)/bin/python tests/studies/survey_oracles.py tests/reference/survey_oracles.csv
	$(RUN) -c 'import sys, pytest; sys.path.append(sys.argv[1]); sys.exit(pytest.main(sys.argv[2:]))' \
	  "$$($(ORACLES)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
	  -q tests/reference/test_did.py tests/reference/test_duration.py
	$(RUN) -m tests.studies $(ONLY)

# ONLY=cells measures one section; LEGALAID_EVAL_BENCH_STORE names a simulated store for it.
bench: setup oracles
	$(RUN) -m tests.benchmarks $(ONLY)

lint: setup
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

# One lock for every supported Python: the fewest forks, so that all get the same numpy and scipy.
lock:
	@command -v $(UV) >/dev/null || { echo "'make lock' needs uv: pip install uv, or make lock UV=path/to/uv" >&2; exit 1; }
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --fork-strategy fewest \
	  --no-emit-index-url --no-header --no-annotate --extra dev pyproject.toml -o requirements.lock
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --fork-strategy fewest -c requirements.lock \
	  --no-emit-index-url --no-header --no-annotate --extra spark --extra postgres pyproject.toml \
	  -o requirements-engines.lock
	$(UV) pip compile --universal --python-version 3.11 --generate-hashes --fork-strategy fewest \
	  --no-emit-index-url --no-header --no-annotate requirements-oracles.in -o requirements-oracles.lock

clean:
	rm -rf $(VENV) $(ENGINES) $(ORACLES) build dist work .pytest_cache .ruff_cache .hypothesis

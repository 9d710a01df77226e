# Every command a maintainer, annotator or reviewer needs. `make` alone explains them.

PYTHON    ?= python3
VENV      ?= .venv
SOURCEDIR ?= source
BUILDDIR  ?= build
PORT      ?= 8000
SPHINXOPTS ?=
ARGS      ?=

BIN    := $(VENV)/bin
EDITION = $(patsubst %/,%,$(dir $(abspath $(SOURCEDIR))))
# Given on the command line only: in the environment a variable of that name is gettext's, and says nothing of us.
IN      = $(if $(filter command,$(firstword $(origin LANGUAGE))),$(LANGUAGE))
# The path to ourselves, so that `make -C` and another edition's folder both work.
SPHINX  = $(BIN)/python -m sphinx -c . -d "$(BUILDDIR)/doctrees$(IN:%=-%)" -j auto $(IN:%=-D language=%)

.DEFAULT_GOAL := help
.PHONY: help html epub pdf gettext test fetch audit verify check demo bench linkcheck live serve lock clean distclean

help:  ## Show this list
	@echo "make TARGET [SOURCEDIR=another/edition/source] [BUILDDIR=elsewhere]"; echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-12s %s\n", $$1, $$2}'

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than 3.11: give another, as in  make html PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# LOCKED=1, as the hosted workflows set it: the very packages of the locks, by their hashes.
KIND    = $(if $(LOCKED),lock,txt)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(LOCKED),--require-hashes)

$(VENV)/.html: $(VENV)/.made requirements.$(KIND)
	$(INSTALL) -r requirements.$(KIND)
	@touch $@

$(VENV)/.test: $(VENV)/.html requirements-dev.$(KIND)
	$(INSTALL) -r requirements-dev.$(KIND)
	@touch $@

html: $(VENV)/.html  ## Build the site into build/html (LANGUAGE=en: the English one into build/html/en)
	$(SPHINX) -b html $(SPHINXOPTS) "$(SOURCEDIR)" "$(BUILDDIR)/html$(IN:%=/%)"
	@echo "The site is in $(BUILDDIR)/html$(IN:%=/%); make serve shows it, audit.html is the audit."

# The whole edition, or POSTS="slug …", or SERIES="name"; the doctrees are those of the site.
VOLUME = $(if $(POSTS),-D book_posts="$(POSTS)") $(if $(SERIES),-D book_series="$(SERIES)")

epub: $(VENV)/.html  ## Bind an EPUB into build/epub (POSTS="slug …" or SERIES=name)
	$(SPHINX) -b epub $(VOLUME) $(SPHINXOPTS) "$(SOURCEDIR)" "$(BUILDDIR)/epub$(IN:%=/%)"

pdf: $(VENV)/.html  ## Set a PDF into build/pdf with XeLaTeX (POSTS="slug …" or SERIES=name)
	$(SPHINX) -b pdf $(VOLUME) $(SPHINXOPTS) "$(SOURCEDIR)" "$(BUILDDIR)/pdf$(IN:%=/%)"

# What is translated stays, what changed is marked as fuzzy and not shown until somebody has looked at it.
gettext: $(VENV)/.test  ## Bring the catalogues of the translations up to date (LANGUAGE=fr begins another)
	$(BIN)/python -m sphinx -c . -d "$(BUILDDIR)/doctrees-gettext" -j auto -b gettext -q "$(SOURCEDIR)" "$(BUILDDIR)/gettext"
	$(BIN)/sphinx-intl update -p "$(BUILDDIR)/gettext" -d "$(SOURCEDIR)/locale" -l $(or $(IN),en) -w 0

# A process for every core and one more, a file at a time, in the order of tests/conftest.py; a few named files run
# best in one.
SPREAD = $(if $(findstring tests/,$(ARGS)),,-n logical --dist loadfile --no-loadscope-reorder)

test: $(VENV)/.test  ## Run every test (ARGS="tests/search/test_fulltext.py -k phrase")
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)

fetch: $(VENV)/.html  ## Fetch new posts of the blog (ARGS="--limit 5 --dry-run")
	$(BIN)/python -m tools fetch --edition "$(EDITION)" $(ARGS)

audit: $(VENV)/.html  ## Print the audit and hold the line (ARGS="-D audit_base=main -D audit_update=1")
	$(SPHINX) -b audit -q $(ARGS) "$(SOURCEDIR)" "$(BUILDDIR)/audit"

verify: $(VENV)/.test  ## Run the numerical checks that derivations carry
	OPENBLAS_NUM_THREADS=1 $(SPHINX) -b verify $(SPHINXOPTS) "$(SOURCEDIR)" "$(BUILDDIR)/verify"

check: $(VENV)/.test  ## Run the linter, the type checker and the contract of imports
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

linkcheck: $(VENV)/.html  ## Ask whether external links still lead somewhere (ARGS="--changed main")
	$(BIN)/python -m tools linkcheck --edition "$(EDITION)" $(ARGS)

serve: $(VENV)/.html  ## Show the built site at http://127.0.0.1:8000 (or PORT=8001)
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory "$(BUILDDIR)/html" $(PORT)

live: $(VENV)/.test  ## Rebuild on every save and reload the browser
	$(BIN)/python -m tools.live -c . -d "$(BUILDDIR)/doctrees" -j auto --host 127.0.0.1 --port $(PORT) \
	  --watch "$(EDITION)/edition.toml" --open-browser $(SPHINXOPTS) "$(SOURCEDIR)" "$(BUILDDIR)/html"

demo: $(VENV)/.test  ## Make an edition of a sample blog from nothing, step by step, into build/demo (LANGUAGE=en)
	$(BIN)/python -m demo --folder "$(BUILDDIR)/demo" $(IN:%=--language %) $(ARGS)

bench: $(VENV)/.test  ## Time builds beside the stock theme and others (CORPUS=DIR ARGS="--help")
	$(BIN)/python -m benchmarks $(if $(CORPUS),"$(CORPUS)") $(ARGS)

# For every Python from 3.11, with no address of the machine that makes it.
COMPILE = $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --upgrade \
  --default-index https://pypi.org/simple --custom-compile-command "make lock"

lock: $(VENV)/.test  ## Lock the packages of CI, Read the Docs and Pages with their hashes
	$(COMPILE) requirements.txt -o requirements.lock
	$(COMPILE) requirements-dev.txt -c requirements.lock -o requirements-dev.lock

clean:  ## Remove what was built
	rm -rf "$(BUILDDIR)"

distclean: clean  ## Remove the environment and the caches too
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .hypothesis

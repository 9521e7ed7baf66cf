# Everything a person types; `make` alone lists it. Each target sets up what it needs and nothing more.
.DEFAULT_GOAL := help
.PHONY: help serve test check format sentences train figures constraints clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# onnxruntime would report to its maker on what machine it runs.
export ORT_DISABLE_TELEMETRY := 1
# Pinned versions for a repeatable set-up; torch stays a range, because its builds differ by machine.
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/serve: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Majani needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable '.[serve]'
	@touch $@

$(VENV)/all: $(VENV)/serve
	$(INSTALL) --editable '.[serve,replicas,leaflet,train,dev]'
	@touch $@

serve: $(VENV)/serve ## Answer on http://localhost:8000 from the bundle in models/current
	@echo "Majani answers on http://localhost:$${PORT:-8000} (stop it with Ctrl-C)"
	$(BIN)/gunicorn -c serving/gunicorn.conf.py 'serving.app:create_app()'

test: $(VENV)/all ## Run all tests; those that need real photos or a browser say so where these are missing
	$(BIN)/pytest

check: $(VENV)/all ## Check format, lint, imports, types, and that all tables show today's figures
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m training.figures --check

format: $(VENV)/all ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

sentences: $(VENV)/all ## Take new sentences of the pages into data/languages/*/interface.po and list untranslated ones
	$(BIN)/python -m serving.extraction

train: $(VENV)/all ## Run the pipeline: photos to models/current (needs MAJANI_MIRROR, see docs/pipeline.md)
	$(BIN)/dvc repro
	$(BIN)/python -m training.figures

figures: $(VENV)/all ## Take over the pipeline's figures into reports/figures.json and all tables
	$(BIN)/python -m training.figures

constraints: $(VENV)/all ## Pin the installed versions in constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable | grep -v -i -E '^(torch|torchvision|majani|pip|setuptools)\b' > constraints.txt

clean: ## Remove the virtual environment and work in progress (not the photos, nor DVC's cache)
	rm -rf $(VENV) build

# Everything a person types; `make` alone lists it. Each target sets up what it needs and nothing more.
.DEFAULT_GOAL := help
.PHONY: help serve install test image app demo check check-style check-types check-app site mutants nightly audit sbom release format sentences train figures constraints clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# onnxruntime would report to its maker on what machine it runs.
export ORT_DISABLE_TELEMETRY := 1
# Tests start hundreds of processes, and each would compile anew what it imports: ten seconds for torch and its kin.
unexport PYTHONDONTWRITEBYTECODE
# Pinned versions for a repeatable set-up; torch stays a range, because its builds differ by machine.
# Python compiles what it imports by itself; pip would compile the thousands of modules that nothing imports too.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt
# Empty where there is no Node.js: everything but the phone app works all the same. In CI it is an error, or it would go unnoticed.
NPM := $(shell node --eval 'const [major, minor] = process.versions.node.split("."); process.exit(+(major < 20 || major == 20 && minor < 19))' 2>/dev/null && command -v npm)
WITHOUT_NPM := @echo "Node.js 20.19 or newer is missing: the phone app is not built, only the page without JavaScript"; test "$$CI" != true
# What lies in web/ itself, its sources, and the style and drawings that the phone app shares with the page.
APP_SOURCES := $(wildcard web/*.*) $(shell find web/src web/public -type f 2>/dev/null) majani/model/general_grading.json serving/static/page.css $(wildcard serving/static/*.svg)

# `say` and `ngettext` translate at once; `sentence` marks what is translated later. tests/sentences.py reads this line too.
EXTRACT := --mapping babel.cfg --no-default-keywords --keywords "say sentence ngettext:1,2" --add-location file --sort-by-file

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/serve: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Majani needs Python 3.11 or newer")'
	# Today's pip takes half as long as the one that comes with Python, and is there sooner without that one. In one
	# line, because the second python3 on the path is the new one.
	python=$$(command -v $(PYTHON)) && $$python -m venv --without-pip $(VENV) \
	  && $$python -m pip --python $(BIN)/python install --quiet --no-compile pip 2>/dev/null \
	  || { $(BIN)/python -m ensurepip && $(BIN)/python -m pip install --quiet --upgrade pip; }
	$(INSTALL) --editable '.[serve]'
	# Python compiles what a service imports, while npm still works on the phone app.
	$(BIN)/python -c 'import serving.wsgi'
	@touch $@

$(VENV)/all: $(VENV)/serve
	$(INSTALL) --editable '.[serve,replicas,bulk,leaflet,train,dev]'
	@touch $@

# glibc: all threads share one pool of memory, and keep what a photo took for the next. Other C libraries ignore these.
serve: export MALLOC_ARENA_MAX := 1
serve: export MALLOC_MMAP_THRESHOLD_ := 33554432
serve: export MALLOC_TRIM_THRESHOLD_ := 67108864
serve: ## Answer on http://localhost:8000 from the bundle in models/current
	@$(MAKE) --no-print-directory --jobs 2 $(VENV)/serve app
	@echo "Majani answers on http://localhost:$${PORT:-8000} (stop it with Ctrl-C)"
	@echo "For a try: without a proxy, a few dozen slow senders or readers keep all others out (docs/operation.md)"
	$(BIN)/gunicorn -c serving/gunicorn.conf.py --pid majani.pid

install: ## Make this Debian machine answer the internet, NAME=majani.example.org (as root; docs/install.md)
	@NAME="$(NAME)" EXTRAS="$(EXTRAS)" deploy/install.sh

# Most tests wait for servers and browsers half of the time.
test: TESTERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
test: $(VENV)/all app ## Run all tests; those that need real photos or a browser say so where these are missing
	# What measures time wants the machine to itself; the other files need not be read for that. First, so that Python
	# compiles what most import only once.
	$(BIN)/pytest -m alone $$(grep --recursive --files-with-matches --include='test_*.py' 'mark\.alone' tests)
	# A process of tests that dies is not replaced: xdist would wait for ever for what it was to do.
	timeout --verbose 2400 $(BIN)/pytest -m "not alone and not image and not nightly" --numprocesses $(TESTERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0

image: $(VENV)/all ## Build the images from packages and run them, as root (minutes; wants buildah, mmdebstrap, netavark and systemd-container)
	$(BIN)/pytest -m image tests/image

app: $(if $(NPM),web/dist/index.html) ## Build the phone app, where Node.js is there
	$(if $(NPM),,$(WITHOUT_NPM))

demo: $(VENV)/serve web/node_modules/installed ## Build a static folder that any web host can serve and that answers offline, in build/demo
	cd web && npx vite build --mode demo --outDir ../build/demo --emptyOutDir
	$(BIN)/python -m serving.demo build/demo

web/node_modules/installed: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/installed $(APP_SOURCES)
	cd web && npm run build

# CI judges a change, not what an index learned over night.
AUDITED := $(if $(filter true,$(CI)),,build/audited-$(shell date +%F))

check: check-style check-types check-app site $(AUDITED) ## Check format, lint, imports, types, the phone app, links, and that all tables show today's figures

check-style: $(VENV)/all
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/majani-train documents --check

# Its processes may not find each other (2) on a machine that others keep busy; then one alone checks everything.
check-types: $(VENV)/all
	$(BIN)/mypy || { [ $$? -eq 2 ] && echo "Once more, with one process:" && $(BIN)/mypy --num-workers 0; }

check-app: $(if $(NPM),web/node_modules/installed)
	$(if $(NPM),cd web && npm run check,$(WITHOUT_NPM))

site: $(VENV)/all ## Build the documentation into build/site; a link that leads nowhere is an error
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/site

mutants: $(VENV)/all ## Plant faults in the decision and the decoder and list those that no test notices (minutes)
	rm -rf mutants
	$(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

nightly: $(VENV)/all mutants ## What takes long: planted faults, machines set up and killed, a whole round, photos damaged in twenty thousand ways
	$(BIN)/pytest -m nightly
	DAMAGED_PHOTOS=20000 $(BIN)/pytest --timeout 0 tests/majani/image/test_damaged_photos.py

# Tools that only look at packages, in an environment of their own.
build/tools/bin/pip-audit:
	@mkdir -p build
	$(PYTHON) -m venv build/tools
	build/tools/bin/python -m pip install --quiet pip-audit cyclonedx-bom

audit: build/tools/bin/pip-audit ## Ask the indexes, where they answer, whether a pinned package has a known weakness
	timeout 120 build/tools/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --progress-spinner off --timeout 10
	$(if $(NPM),cd web && timeout 120 npm audit --omit=dev,$(WITHOUT_NPM))

# Once a day, for at most four minutes.
build/audited-$(shell date +%F):
	@mkdir -p build && rm -f build/audited-* && touch $@
	-@$(MAKE) --no-print-directory audit

sbom: build/tools/bin/pip-audit ## List what a service is made of, as CycloneDX, in build/sbom
	@mkdir -p build/sbom
	$(PYTHON) -m venv build/sbom/venv
	build/sbom/venv/bin/python -m pip install --quiet --constraint constraints.txt '.[serve,replicas,signing]'
	build/tools/bin/cyclonedx-py environment build/sbom/venv --pyproject pyproject.toml --output-reproducible -o build/sbom/service.json
	# Its number and its time differ from one call to the next.
	$(if $(NPM),cd web && npm sbom --package-lock-only --omit dev --sbom-format cyclonedx \
	  | sed -e '/^  "serialNumber":/d' -e '/^    "timestamp":/d' \
	  > ../build/sbom/app.json,$(WITHOUT_NPM))

# The same commit gives the same bytes: all times are the commit's.
release: export SOURCE_DATE_EPOCH = $(shell git log -1 --format=%ct)
release: TAR = tar --create --dereference --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner --mode=go=rX,u=rwX --use-compress-program='gzip -n'
release: $(VENV)/serve app sbom ## Write wheel, bundle, app, SBOM and checksums into build/release; RELEASE_KEY=FILE signs them
	test -z "$$(git status --porcelain)" || { echo "Commit first: a release is of a commit"; exit 1; }
	rm -rf build/release && mkdir build/release
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir build/release .
	$(TAR) --file build/release/majani-bundle.tar.gz --directory models --transform 's,^current,bundle,' current
	$(TAR) --file build/release/majani-app.tar.gz --directory web dist
	cp LICENSE CHANGELOG.md build/release
	for list in build/sbom/*.json; do cp $$list build/release/sbom-$$(basename $$list); done
	cd build/release && sha256sum -- * > SHA256SUMS
	$(if $(RELEASE_KEY),ssh-keygen -q -Y sign -n file -f $(RELEASE_KEY) build/release/SHA256SUMS,@echo "Not signed: RELEASE_KEY names no key")

format: $(VENV)/all ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

sentences: $(VENV)/all ## Take new sentences of the pages into data/languages/*/interface.po and list untranslated ones
	@mkdir -p build
	$(BIN)/pybabel --quiet extract --output-file build/interface.pot $(EXTRACT) serving web/src
	for file in data/languages/*/interface.po; do \
	  $(BIN)/pybabel --quiet update --input-file build/interface.pot --output-file $$file \
	    --locale $$(basename $$(dirname $$file) | tr - _) --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 120; \
	done
	$(BIN)/pytest -q tests/contract/test_interface.py -k translated

# glibc: a training step asks for the same hundreds of megabytes again and again; fresh pages each time cost a sixth of it.
train: export MALLOC_ARENA_MAX := 1
train: export MALLOC_MMAP_MAX_ := 0
train: export MALLOC_TRIM_THRESHOLD_ := 1099511627776
train: export MALLOC_TOP_PAD_ := 536870912
train: $(VENV)/all ## Run the pipeline: photos to models/current (hours; docs/pipeline.md says where photos come from)
	$(BIN)/dvc repro
	$(BIN)/majani-train documents

figures: $(VENV)/all ## Write all tables of the documents anew, and draw the rooms for docs/architecture.md
	$(BIN)/majani-train documents
	$(BIN)/python -m tests.architecture.rooms
	$(BIN)/python -m tests.contract.tables

constraints: $(VENV)/all ## Pin the installed versions in constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable | grep -v -i -E '^(torch|torchvision|majani|pip|setuptools)\b' > constraints.txt

clean: ## Remove the virtual environment, the built phone app and work in progress (not the photos, nor DVC's cache)
	rm -rf $(VENV) web/node_modules web/dist build mutants

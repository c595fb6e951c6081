# `make help` lists what there is. The first three need only Python >= 3.12 (or uv) and make.
.DEFAULT_GOAL := help
.PHONY: help run test test-slow check format messages openapi try-api translations shell-env chaos benchmark screenshots \
	lock environment clean

BOOTSTRAP := sh portal/local/bootstrap.sh
BIN := .venv/bin
# Arguments of your own, as in: make test ARGS="tests/billing -k proration"
ARGS ?=
export PORT
# Where it is set, each of the many processes would compile everything anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: ## The whole portal with a demo, until Ctrl-C (PORT=8000; DEBUG=1 reloads)
	@exec $(BOOTSTRAP) run

PYTEST := $(BIN)/python -m pytest --numprocesses=logical --maxprocesses=4 --dist=worksteal

# Schemathesis takes each process half a second to load, and all that it tries is slow.
WITHOUT_SLOW := -p no:schemathesis --ignore=tests/portal/api/v1/test_whole_api.py \
	-m "not slow and not chaos"

test: environment ## The tests (ARGS="tests/billing -x -n0": a part, one at a time)
	@EXAMPLES=25 $(PYTEST) $(WITHOUT_SLOW) $(ARGS)

test-slow: environment ## Long simulations; every address, page and operation, with all there is
	@$(PYTEST) -m "(slow or hypothesis) and not chaos" $(ARGS)

check: environment ## Everything static: style, types, layers, templates, migrations, words
	@sh .ci/check

ON_TEMPLATES := find templates portal -name '*.html' -print0 | xargs -0

# djade fails of what it changed as well: a second look tells that from what it cannot read.
format: environment ## Bring Python and templates into shape
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format --quiet .
	@$(ON_TEMPLATES) $(BIN)/djade || $(ON_TEMPLATES) $(BIN)/djade --check

messages: environment ## Collect what must be translated into locale/*/LC_MESSAGES/django.po
	@DJANGO_SETTINGS_MODULE=portal.settings.test $(BIN)/python -m portal.local.translations update

openapi: environment ## Write the API's document, docs/openapi.json, as the code has it
	@DJANGO_SETTINGS_MODULE=portal.settings.static $(BIN)/python -W ignore manage.py write_openapi

try-api: environment ## Try the whole API with what its document allows and forbids; takes minutes
	@API_EXAMPLES=$${API_EXAMPLES:-150} $(BIN)/python -m pytest tests/portal/api/v1/test_whole_api.py $(ARGS)

translations: ## Compile the translations (run and test do it by themselves)
	@$(BOOTSTRAP) production
	@$(BIN)/python -m portal.local.translations compile

shell-env: ## Addresses of the services of a running `make run`: eval "$$(make -s shell-env)"
	@$(BIN)/python -m portal.local.addresses

chaos: environment ## Kill workers at random during a monthly run; takes minutes
	@$(BIN)/python -m pytest -m chaos $(ARGS)

benchmark: environment ## What the portal takes, against what it may take
	@$(BIN)/python -m benchmarks $(ARGS)

screenshots: environment ## Every page in every language, theme and width, as pictures
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

environment: ## The virtual environment with all that tests and checks need
	@$(BOOTSTRAP) development

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes \
	--custom-compile-command "make lock" pyproject.toml

lock: environment ## Hashed locks in requirements/ from pyproject.toml (ARGS=--upgrade for newer)
	@$(LOCK) $(ARGS) --output-file requirements/production.txt
	@$(LOCK) $(ARGS) --group local --constraints requirements/production.txt \
		--output-file requirements/local.txt
	@$(LOCK) $(ARGS) --group development --constraints requirements/local.txt \
		--output-file requirements/development.txt

clean: ## Remove the environment and everything `make run` keeps, the demo's data included
	@rm -rf .venv .local

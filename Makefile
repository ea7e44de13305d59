# Everything a person types. `make run` and `make test` set up what they need.

UV := scripts/uv
BIN := .venv/bin
ENGINE := engine/.venv
PACKAGES := bot actions channels

.PHONY: help run setup train evaluate test unit lint types data-check bench lock clean

help:            ## this list
	@grep -E '^[a-z-]+: .*## |^[a-z-]+:  *##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: setup       ## start the whole product, first use included (Ctrl-C stops it)
	@exec $(BIN)/mops serve

setup: .venv/.ready $(ENGINE)/.ready  ## install both locked environments

.venv/.ready: requirements.lock pyproject.toml scripts/uv-version
	@echo "Installing the gateway's environment"
	@$(UV) venv --quiet --allow-existing --python '>=3.11,<3.14' .venv
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@$(BIN)/python -m compileall -q bot actions channels
	@touch $@

$(ENGINE)/.ready: engine/requirements.lock scripts/uv-version
	@echo "Installing the engine's environment (Rasa; about 2 GB)"
	@$(UV) venv --quiet --allow-existing --python 3.10 $(ENGINE)
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(ENGINE)/bin/python engine/requirements.lock
	@touch $@

train: setup     ## make a model for the current data and compare it with the one in use
	@$(BIN)/mops train

test: setup lint types data-check train  ## every check and every test
	@$(BIN)/pytest -n 2 --dist loadfile
	@$(ENGINE)/bin/python -m pytest tests/engine_unit

unit: setup      ## the quick tests only (no servers, no browser)
	@$(BIN)/pytest -n 2 --dist loadfile -m "not engine and not browser and not postgres and not process"

lint: setup
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet

types: setup
	@$(BIN)/mypy

data-check: setup
	@$(BIN)/mops knowledge check
	@$(BIN)/mops data check
	@RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=3 \
	    $(ENGINE)/bin/rasa data validate --data nlu_data --fail-on-warnings --quiet

evaluate: setup  ## how well the model understands: build/evaluation/report.html
	@$(BIN)/mops evaluate

bench: train     ## speed, memory and accuracy against an alternative in the same run
	@$(BIN)/python -m benchmarks

lock:            ## resolve both environments again
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --extra dev \
	    pyproject.toml --output-file requirements.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.10 \
	    --extra dev engine/pyproject.toml --output-file engine/requirements.lock

clean:           ## remove what can be made again; data/ stays
	rm -rf .venv $(ENGINE) .tools models .rasa .mypy_cache .ruff_cache .pytest_cache

# Each target sets up what it needs in .venv; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TORCH_VENV := .venv-torch
TORCH_STAMP := $(TORCH_VENV)/.installed

.PHONY: demo test test-slow test-torch check clean install

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $(STAMP)

install: $(STAMP)

$(TORCH_STAMP): pyproject.toml
	test -x $(TORCH_VENV)/bin/python || $(PYTHON) -m venv $(TORCH_VENV)
	$(TORCH_VENV)/bin/python -m pip install --quiet --editable '.[dev,lab]' $(PIP)
	touch $(TORCH_STAMP)

# The main job: on TAPE=file, or on a tape that Encore makes itself.
demo: $(STAMP)
ifdef TAPE
	mkdir -p demo
	stem=$$(basename "$(TAPE)"); $(BIN)/encore restore "$(TAPE)" -o "demo/$${stem%.*}.restored.mp4" $(ARGS)
else
	$(BIN)/encore demo demo $(ARGS)
endif

test: $(STAMP)
	$(BIN)/python -m pytest -n auto $(ARGS)

# Minutes rather than seconds: kills, memory, long tapes.
test-slow: $(STAMP)
	$(BIN)/python -m pytest -m slow $(ARGS)

# What needs PyTorch, in an environment of its own: the lab, and networks that others have made.
test-torch: $(TORCH_STAMP)
	$(TORCH_VENV)/bin/python -m pytest tests/inference tests/training $(ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python scripts/size.py

clean:
	rm -rf $(VENV) $(TORCH_VENV) build dist demo *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

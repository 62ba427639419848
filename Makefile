# What a newcomer runs: `make demo`, `make test`. What a contributor repeats: `make format`, `make schemas`, `make docs`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: demo test fuzz test-extra real-data bench bench-full schemas docs examples format picture clean

BIN := .venv/bin
# The stamps keep the set-up from being repeated; a changed pyproject.toml repeats it.
INSTALLED := .venv/installed
TESTABLE := .venv/testable
TRIABLE := .venv/triable

demo: $(INSTALLED)
	$(BIN)/prism-rules demo --out demo
	@echo "Look at demo/: the reports are the files named report.md."

test: $(TESTABLE)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/prism-rules schema --check
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

# The governed loop with other seeds every time, in about ten minutes: decisions, data, rulesets and branches at random;
# and the gate of SQL with seventy seeds.
fuzz: $(TESTABLE)
	PRISM_FUZZ=$${PRISM_FUZZ:-700} $(BIN)/pytest -n auto tests/planning/loop tests/sql_gate/test_random.py

# What needs npm, a browser, a JVM or a server; each test is skipped by name where that cannot be had.
test-extra: $(TRIABLE)
	$(BIN)/pytest -rs tests/extra

# Public data sets, which are not ours to ship: `make real-data PRISM_REAL_DATA=folder`.
real-data: $(TESTABLE)
	PRISM_REAL_DATA="$${PRISM_REAL_DATA:?name the folder of the data sets}" $(BIN)/pytest tests/real_data

# Minutes, and an hour or two. Peers are installed under build/ on first use; let the machine be quiet.
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

bench-full: $(INSTALLED)
	$(BIN)/python -m benchmarks --full --write

schemas: $(INSTALLED)
	$(BIN)/prism-rules schema --out schemas

# The plans that stand in examples/ for people to read.
examples: demo
	rm -rf examples/glare/plans
	mkdir -p examples/glare/plans
	cd demo/plans && find . -name '*.md' -o -name '*.json' -o -name '*.csv' -o -name '*.svg' | tar cf - -T - | tar xf - -C ../../examples/glare/plans

docs: $(INSTALLED)
	$(BIN)/python docs/generate.py

format: $(TESTABLE)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Needs npm and Chromium. Mermaid stays in build/, which git ignores.
REPORT = $$(find demo -name report.md | sort | head -n 1)
MERMAID ?= build/picture/node_modules/mermaid/dist/mermaid.min.js

picture: demo $(TESTABLE) | $(MERMAID)
	$(BIN)/python docs/pictures/make_picture.py "$(REPORT)" docs/pictures/report.png --mermaid $(MERMAID)

build/picture/node_modules/mermaid/dist/mermaid.min.js:
	npm install --silent --no-audit --no-fund --prefix build/picture mermaid@11.17.2

clean:
	rm -rf .venv demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Each candidate is run, not only found: a version manager leaves names on the path that start nothing.
$(BIN)/python:
	@for python in "$${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Setting up .venv with $$("$$python" --version)"; exec "$$python" -m venv --clear .venv; \
	  fi; \
	done; echo "No Python of version 3.11 or newer was found; name one: make PYTHON=/path/to/python3" >&2; exit 1

$(INSTALLED): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# Dependency groups need a newer pip than Debian's Python brings.
$(TESTABLE): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --group test
	@touch $@

$(TRIABLE): $(TESTABLE)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group extra
	@touch $@

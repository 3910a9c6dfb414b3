PYTHON ?= python3
BIN := .venv/bin
DEMO := sqlite:///demo/aftersales.db

.PHONY: demo serve test bench lock clean

demo: .venv/ready  ## a month of a dealer's after-sales work: recorded, listed, replayed and proved
	mkdir -p demo
	$(BIN)/aftersales --db $(DEMO) demo

serve: .venv/ready  ## the office's pages on the demo's data, until Ctrl-C; passwords are printed
	test -f demo/aftersales.db || $(MAKE) --no-print-directory demo
	$(BIN)/aftersales --db $(DEMO) serve --demo

test: .venv/ready  ## everything that has to be true, fast things first
	$(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/python tools/browser.py
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

bench: .venv/ready  ## the numbers, as ratios to stock eventsourcing and to raw sqlite3 in the same run
	$(BIN)/python -m bench
	@echo "the day's work where 100,000 tickets are open, a quarter of an hour: $(BIN)/python -m bench worklists"

.venv/ready: requirements.lock pyproject.toml hatch_build.py $(wildcard frontend/*)
	$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . && touch $@

lock:  ## choose newer versions of what is depended on
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.lock

clean:
	rm -rf .venv demo build dist

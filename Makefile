# The commands of this project. Each does all set-up by itself; the first run takes some minutes.

PYTHON_BIN = .venv/bin/python
CODE = desktop_chat server benchmarks packaging tests

.PHONY: help run demo test check conformance fuzz simulate torture offline bench screenshots translations lock clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' Makefile | awk '{name = $$1; $$1 = ""; printf "  make %-13s%s\n", name, $$0}'

run:  ## open the app; ARGS="--profile NAME" for another profile
	@packaging/setup.sh app
	$(PYTHON_BIN) -m desktop_chat $(ARGS)

demo:  ## a server with a living sample, and two windows side by side
	@packaging/setup.sh demo
	$(PYTHON_BIN) packaging/demo.py $(ARGS)

test:  ## run all tests; ARGS="tests/core -x" for some
	@packaging/setup.sh tests
	$(PYTHON_BIN) -m pytest -n 2 $(ARGS)

check:  ## style, types, layers, spelling
	@packaging/setup.sh tests
	$(PYTHON_BIN) -m ruff check $(CODE)
	$(PYTHON_BIN) -m ruff format --check $(CODE)
	$(PYTHON_BIN) -m mypy
	.venv/bin/lint-imports
	.venv/bin/codespell

conformance:  ## hold a server to the protocol; ARGS="wss://host:port#sha256=… --invite CODE"
	@packaging/setup.sh tests
	$(PYTHON_BIN) -m tests.conformance $(ARGS)

fuzz:  ## input that no client would send; ARGS="--executions 10000000" for a campaign
	@packaging/setup.sh tests
	$(PYTHON_BIN) -m tests.fuzz $(ARGS)

simulate:  ## play 10,000 stories of clients and a server in virtual time; ARGS="FIRST COUNT" for others
	@packaging/setup.sh tests
	$(PYTHON_BIN) -m tests.simulation.campaign $(ARGS)

torture:  ## power losses and kill -9, by the thousand; ARGS="--losses 500 --kills 20" for fewer
	@packaging/setup.sh tests
	$(PYTHON_BIN) -m tests.torture $(ARGS)

offline:  ## real clients and a real server over ways that break; ARGS="--runs 1000 --seed 1 --jobs 2"
	@packaging/setup.sh tests
	$(PYTHON_BIN) -m tests.offline $(ARGS)

bench:  ## measure; prints a table and writes out/benchmarks.json
	@packaging/setup.sh tests
	$(PYTHON_BIN) -m benchmarks $(ARGS)

screenshots:  ## pictures of the real app into out/screenshots
	@packaging/setup.sh tests
	$(PYTHON_BIN) packaging/screenshots.py $(ARGS)

translations:  ## bring the languages' catalogues up to date with the code
	@packaging/setup.sh tests
	$(PYTHON_BIN) packaging/translations.py

lock:  ## choose the dependencies' versions anew
	@packaging/setup.sh tests
	packaging/lock.sh

clean:  ## remove what was built, .venv included
	rm -rf .venv build dist out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

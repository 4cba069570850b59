# Every chore by name. `make demo` and `make test` set up what they need by themselves.

PYTHON_IN_VENV := .venv/bin/python
DEBIAN_FOR_TESTS := chromium fonts-wqy-microhei libatomic1 poppler-utils systemd

.PHONY: help setup demo test check sim bench mutants docs format clean

help:
	@echo "make demo    five agencies on this machine, a day of bills, orders paid by phone (HIS=FILE)"
	@echo "make test    the whole suite, a tenth of each long count (FULL=1 for all of it)"
	@echo "make check   is it tidy? lint, types, floors, house rules"
	@echo "make sim     more seeds of the simulator"
	@echo "make bench   bills and records a second, latency, memory, disk (QUICK=1 is shorter)"
	@echo "make mutants remove a guard of the consensus, see a named test go red"
	@echo "make docs    write the generated pages of docs/ anew"
	@echo "make format  lay out the code"
	@echo "make clean   remove what was made, but not .venv"

setup:
	@scripts/setup.sh

demo: setup
	@$(PYTHON_IN_VENV) -m scripts.demo

test: setup
	@scripts/debian.sh $(DEBIAN_FOR_TESTS)
	@scripts/test.sh $(PYTEST)

check: setup
	@$(PYTHON_IN_VENV) -m ruff check --quiet .
	@$(PYTHON_IN_VENV) -m ruff format --quiet --check . || { echo "run: make format"; exit 1; }
	@$(PYTHON_IN_VENV) -m mypy
	@told=$$(.venv/bin/lint-imports --no-cache) || { echo "$$told"; exit 1; }
	@$(PYTHON_IN_VENV) -m pytest -q tests/unit/test_house.py tests/unit/test_errors_explained.py

sim: setup
	@$(PYTHON_IN_VENV) -m tests.simulation.run $(ARGS)

bench: setup
	@$(PYTHON_IN_VENV) -m bench.run $(ARGS)

mutants: setup
	@$(PYTHON_IN_VENV) -m tests.mutants.run $(ARGS)

docs: setup
	@$(PYTHON_IN_VENV) -m tests.support.cli_reference >docs/cli.md
	@$(PYTHON_IN_VENV) -m tests.support.error_reference >docs/errors.md
	@$(PYTHON_IN_VENV) -m tests.support.life_reference >docs/life.md
	@$(PYTHON_IN_VENV) -m tests.support.format_tables

format: setup
	@$(PYTHON_IN_VENV) -m ruff check --quiet --fix .
	@$(PYTHON_IN_VENV) -m ruff format .

clean:
	@rm -rf .demo .sim .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

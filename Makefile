# What can be done here. Everything runs in .venv, which is made from the locked requirements when they change.
.PHONY: run test quick test-outside check docs bench lock clean

run: ## start everything, with a demo tenant; Ctrl-C stops it
	@tools/environment requirements.lock
	@exec .venv/bin/annals up --demo

test: ## the whole check
	@tools/environment requirements-dev.lock
	@./check

quick: ## the check for while you work: all but the tests that start and kill whole installations
	@tools/environment requirements-dev.lock
	@./check -m "not long"

test-outside: ## what a stranger meets: a clone in a new folder, a browser, and programs that others wrote
	@tools/environment requirements-dev.lock
	@tools/debian
	@tools/spark
	@.venv/bin/pytest tests/outside/*.py

check: ## the check without running anything: format, lint, types, layers
	@tools/environment requirements-dev.lock
	@./check --static

docs: ## write the documents that are made from the code
	@tools/environment requirements-dev.lock
	@.venv/bin/python -m tests.documents

bench: ## measure every claim of performance
	@tools/environment requirements-dev.lock
	@.venv/bin/python -m bench

lock: ## write the locked requirements anew
	@tools/environment requirements-dev.lock
	@tools/lock

clean: ## throw away what can be made again; data stays
	rm -rf .venv .venv-spark .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

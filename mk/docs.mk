# Pages that programs make. Each has a rule docs-NAME here, and its NAME in this list.
docs_PAGES := evidence reference figures

docs: $(docs_PAGES:%=docs-%) ## make the pages that are made: evidence, reference, figures

docs-evidence:
	@PYTHONPATH=tests/system PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/system/evidence.py

docs-reference: $(BUILD)/host/bin/kumiki
	@$< reference > $(BUILD)/reference.md && cp $(BUILD)/reference.md docs/reference/reference.md

docs-figures:
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON) bench/page.py

# After a whole `make bench` on a quiet machine.
figures: ## take build/bench.json as the figures of record, and make their page
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON) bench/page.py --take $(BUILD)/bench.json

.PHONY: docs figures $(docs_PAGES:%=docs-%)

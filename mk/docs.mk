# Pages that programs make. Each has a rule docs-NAME here, and its NAME in this list.
docs_PAGES := evidence reference

docs: $(docs_PAGES:%=docs-%) ## make the pages that are made: evidence, reference, figures

docs-evidence:
	@PYTHONPATH=tests/system PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/system/evidence.py

docs-reference: $(BUILD)/host/bin/kumiki
	@$< reference > $(BUILD)/reference.md && cp $(BUILD)/reference.md docs/reference.md

.PHONY: docs $(docs_PAGES:%=docs-%)

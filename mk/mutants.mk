# What the unit tests find: tests/unit/mutants.py says how.
mutants: ## faults put into the product, for the unit tests to find; N=300 SEED=1, or FROM=RESULTS.json those of that file
	@$(PYTHON) tests/unit/mutants.py -n $(or $(N),300) --seed $(or $(SEED),1) $(if $(FROM),--from $(FROM))

.PHONY: mutants

# Kumiki: the front door. `make help` lists what there is; each room's part is in mk/.

BUILD ?= build
# A second toolchain builds everything, too: make TOOLCHAIN=clang
TOOLCHAIN ?= gcc

include mk/tools.mk
include mk/setup.mk
include mk/host.mk
include mk/frame.mk
include mk/service.mk
include mk/guests.mk
include mk/unit.mk
include mk/system.mk
include mk/check.mk

.DEFAULT_GOAL := all
all: host frame guests ## build everything

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile mk/*.mk

clean: ## remove what was built (fetched packages stay)
	rm -rf $(filter-out $(BUILD)/debian,$(wildcard $(BUILD)/*))

.PHONY: all help clean
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

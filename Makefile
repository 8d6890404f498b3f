# Kumiki: the front door. `make help` lists what there is; each room's part is in mk/.

# For make a blank ends a name, and Linux's rules refuse to build a module there, too.
ifneq ($(words x$(CURDIR)x),1)
$(error '$(CURDIR)' has a blank in it, and make can't build there: move the tree to a path without blanks)
endif

# A second toolchain builds everything, too (TOOLCHAIN=clang); DEBUG=1 traps undefined behaviour and
# guards the stack on the target. Each variant has a folder of its own in build/: nothing is mixed.
TOOLCHAIN ?= gcc
DEBUG ?= 0
VARIANT := $(filter-out gcc,$(TOOLCHAIN)) $(if $(filter-out 0,$(DEBUG)),debug)
EMPTY :=
BUILD ?= build$(addprefix /,$(subst $(EMPTY) $(EMPTY),-,$(strip $(VARIANT))))
# Builds use every CPU, unless the user has said how many (make -j).
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

.DEFAULT_GOAL := all

include mk/tools.mk
-include mk/setup.mk
-include mk/host.mk
-include mk/keeper.mk
-include mk/frame.mk
-include mk/doctor.mk
-include mk/service.mk
-include mk/rtos.mk
-include mk/rtosbench.mk
-include mk/campaign.mk
-include mk/rtosboard.mk
-include mk/guests.mk
-include mk/peers.mk
-include mk/debian.mk
-include mk/bad.mk
-include mk/remote.mk
-include mk/linux.mk
-include mk/kept.mk
-include mk/release.mk
-include mk/modules.mk
-include mk/boards.mk
-include mk/unit.mk
-include mk/mutants.mk
-include mk/system.mk
-include mk/check.mk
-include mk/docs.mk

# What a user types. Each of these sets the machine up first (which is idle from the second time
# on), then starts make again: only then are the compilers and kernels there that rules ask for.
all: setup ## build everything (this is plain `make`)
	@$(MAKE) --no-print-directory $(PARALLEL) host frame doctor guests linux rtos

run: setup ## start the demonstration; SYSTEM=systems/….dts another one
	@echo "make: the host's command and the frame (minutes the first time, seconds afterwards)"
	@$(MAKE) --no-print-directory $(PARALLEL) host frame
	@echo "make: guests, and the file systems and modules of Linux"
	@$(MAKE) --no-print-directory $(PARALLEL) guests board-guests linux modules
	@echo "make: the RTOS, its programs and its images"
	@$(MAKE) --no-print-directory $(PARALLEL) run-needs
	@echo "make: starts $(SYSTEM)"
	@$(MAKE) --no-print-directory run-system

test: setup ## what has to hold before each change lands: unit tests, fuzzers, systems, linters
	@$(MAKE) --no-print-directory test-all

test-long: setup ## all the rest: every product, threads, second board, clang, debug; goes on where it was left
	@$(MAKE) --no-print-directory test-long-all

check: setup ## the quick loop: build, unit tests, linters
	@$(MAKE) --no-print-directory check-all

bench: setup ## all figures, bare beside Kumiki, to build/bench.json
	@$(MAKE) --no-print-directory bench-all

bench-peers: setup ## Debian's Xen beside Kumiki and bare, with one probe; TAKE=1 takes its figures over
	@$(MAKE) --no-print-directory $(PARALLEL) bench-peers-all

bench-paths: setup ## what a path through the frame touches: lines, pages, registers, barriers
	@$(MAKE) --no-print-directory $(PARALLEL) bench-paths-all

install: all ## kumiki, and the programs and the library for a Linux guest, into PREFIX (/usr/local)
	@$(MAKE) --no-print-directory install-host install-linux

dist: setup ## build/release: this commit's sources, Debian packages, contents and sums; KEY=FILE.pem signs
	@$(MAKE) --no-print-directory $(PARALLEL) archive packages
	@$(MAKE) --no-print-directory sums

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z/ -]+:.*## / { count = split($$1, name, " "); \
		for (i = 1; i <= count; i++) printf "  make %-13s %s\n", name[i], $$2 }' Makefile mk/*.mk

clean: ## remove what was built (what was fetched stays)
	rm -rf $(filter-out $(DEBIAN) $(KEEPER_ARM64) $(debian_DISK) $(peers_XEN) $(boards_QEMU) $(SETUP),$(wildcard $(BUILD)/*))

.PHONY: all run test test-long check bench bench-peers bench-paths install dist help clean
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# What is said is what went wrong and what was found out; make V=1 shows every command.
ifndef V
MAKEFLAGS += --silent
endif

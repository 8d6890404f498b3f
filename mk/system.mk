# Tests that drive QEMU (pytest, tests/system), and the suites: `make test`, `make test-long`, `make steady`.

# Where the totals of a run go.
RESULTS ?= $(BUILD)/results
system_ENV := KUMIKI_BUILD=$(abspath $(BUILD)) PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(abspath build/pycache) \
	PYTHONPATH=tests/system
system_RUN := $(system_ENV) tests/system/run.sh $(abspath $(RESULTS)) $(PYTHON)

# TESTS="-k heartbeat" runs some of them; -n0 in it takes them one by one (for -s, or --pdb). LONG=1: those marked long.
system_NEEDS ?= host frame frame-other doctor guests board-guests linux keeper modules guest-tests rtos-tests bad-guests systems-disks packaged
system: $(system_NEEDS) $(if $(LONG),fuzz-programs $(DEBIAN)-13/packages) ## system tests in QEMU; TESTS="-k NAME" some of them, LONG=1 those marked long
	@$(system_RUN) -m "$(if $(LONG),long,not long and not new_qemu)" $(TESTS)

# Every kind runs, even if one before it failed; the total decides.
test-all:
	@rm -rf $(BUILD)/results
	@$(MAKE) --no-print-directory $(PARALLEL) unit-programs fuzz-programs $(system_NEEDS)
	@for kind in unit fuzz system lint-counted; do \
		echo "== $$kind"; \
		$(MAKE) --no-print-directory $$kind || echo "== $$kind failed"; \
	done
	@tests/total.sh $(BUILD) unit fuzz guest system lint

# The checks of every file count as one.
lint-counted:
	@mkdir -p $(BUILD)/results
	@if $(MAKE) --no-print-directory -k $(PARALLEL) lint; then found="1 passed, 0 failed"; else found="0 passed, 1 failed"; fi; \
	echo "$$found" >$(BUILD)/results/lint
	@grep -q ' 0 failed' $(BUILD)/results/lint

# Each once for a commit: build/long keeps what has passed, and the next run goes on from there.
long_ACCOUNT = KUMIKI_ACCOUNT=$(abspath $(BUILD))/long/$$(git describe --always --dirty --abbrev=12)/$(1)
test-long-all:
	@$(MAKE) --no-print-directory $(PARALLEL) fuzz-programs $(system_NEEDS)
	@failed=0; \
	for kind in system boards clang debug lint; do \
		echo "== $$kind"; \
		$(call long_ACCOUNT,$$kind) $(MAKE) --no-print-directory -k $(PARALLEL) $$kind LONG=1 DEEP=1 || failed=$$((failed + 1)); \
	done; \
	[ $$failed -eq 0 ]

# With four busy processes beside it, each suite again and again; what ever differed is listed: tests/steady.py.
steady: $(system_NEEDS) unit-programs ## unit tests 30 times, machines 5 times, races and talks 50 times, on a busy host; goes on where it was left
	@$(system_ENV) $(PYTHON) tests/steady.py $(BUILD) $(unit_PROGRAMS)

# For SECONDS campaigns from their seeds, on from where SEEDS was left (build/soak); SEED repeats one, ONLY=hostile,
# ONLY=reboots, ONLY=rush, ONLY=promises, ONLY=moves, ONLY=cores, ONLY=watches or ONLY=wrecks takes those alone.
SECONDS ?= 3600
soak: $(system_NEEDS) $(BUILD)/unit/frame_plays/promises ## campaigns from their seeds: hostile guest, restarts (of Linux, in DMA), the scheduler's simulation, moves, cores that move, kills under load, a watcher's ends among attacks, wrecked Linuxes that are watched; SECONDS=3600 SEEDS=1-576
	@KUMIKI_BUILD=$(abspath $(BUILD)) PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/system \
		$(PYTHON) tests/system/soak.py --seconds $(SECONDS) $(addprefix --seeds ,$(SEEDS)) \
		$(addprefix --only ,$(ONLY)) $(addprefix --seed ,$(SEED))

# The tests run what gcc made. In short, the same with what clang made, and with a debug build, whose
# frame, services and guests trap undefined behaviour and a smashed stack. Clang compiles all that is ours for
# one board. Neither builds Debian's programs, nor modules, which Linux's own rules build with gcc.
system_variant_NEEDS := host frame guests linux guest-tests bad-guests
system_clang_NEEDS := rtos-own
system_clang_HOW := TOOLCHAIN=clang
system_clang_TESTS := test_partition and (gic_across-threads-4 or psci-threads-4) or \
	test_boots_with_every_core and 4-linux-threads
system_debug_NEEDS := rtos-own-tests
system_debug_HOW := DEBUG=1 host_BUILD=$(BUILD)
system_debug_TESTS := test_partition and threads-4 and not memory or \
	test_boots_with_every_core and 4-linux-threads or hostile-icount-2-max

clang: ## some of the system tests, with what clang made
debug: ## some of the system tests, with a debug build
clang debug:
	@$(MAKE) --no-print-directory $(PARALLEL) $(system_$@_HOW) BUILD=$(BUILD)/$@ RESULTS=$(BUILD)/results/$@ LONG= \
		system_NEEDS='$(system_variant_NEEDS) $(system_$@_NEEDS)' system TESTS="-m '' -k '$(system_$@_TESTS)'"

.PHONY: system soak test-all lint-counted test-long-all steady clang debug

# ONLY="irq trap" measures some; the figures of the others stay as they were.
# A day's cores are played on the host, by a unit test's program.
bench-all: host frame frame-other guests modules bench-guests linux rtos-tests rtos-benches bad-guests $(BUILD)/unit/lib/power_day
	@KUMIKI_BUILD=$(abspath $(BUILD)) PYTHONDONTWRITEBYTECODE=1 \
		$(PYTHON) bench/run.py $(if $(ONLY),--only $(ONLY))
	@KUMIKI_BUILD=$(abspath $(BUILD)) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) bench/costs.py

bench-paths-all: host frame bench-guests
	@KUMIKI_BUILD=$(abspath $(BUILD)) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) bench/paths.py

.PHONY: bench-all bench-paths-all

# ---- make run ----

SYSTEM ?= systems/demo.dts
# The disks of the systems in systems/; they keep what was written to them.
system_DISKS := $(BUILD)/systems/disk0.img $(BUILD)/systems/disk1.img
# That of the RTOS has something in its first half, which is copied to the second one.
system_RTOS_DISK := $(BUILD)/systems/disk2.img
systems-disks: $(system_DISKS) $(system_RTOS_DISK) $(BUILD)/rtos/gateway-disk.img
.PHONY: systems-disks
$(system_DISKS):
	@mkdir -p $(@D)
	truncate -s 64M $@
$(system_RTOS_DISK):
	@mkdir -p $(@D)
	seq -w 1048576 | head -c 8388608 >$@
	truncate -s 16M $@

# Where deadlines are shown, time is counted in instructions: a host that runs something else would miss them.
system_TIME = $(if $(filter systems/shared.dts,$(SYSTEM)),--icount,--smp-threads)

run-needs: host frame guests board-guests linux modules rtos $(system_DISKS) $(system_RTOS_DISK) $(if $(filter systems/kept.dts,$(SYSTEM)),keeper) $(if $(boards_PATH),$(boards_QEMU)/package)

# The demonstration on a terminal has a page.
system_TERMINAL = $(system_TIME)$(if $(filter systems/demo.dts,$(SYSTEM)), --page)

# With a terminal it is a person's; without one it plays the tour.
run-system:
	@if [ -t 0 ] && [ -t 1 ]; then \
		exec$(boards_PATH) $(BUILD)/host/bin/kumiki run $(system_TERMINAL) $(SYSTEM); \
	elif [ $(SYSTEM) = systems/demo.dts ] || [ $(SYSTEM) = systems/shared.dts ]; then \
		exec env KUMIKI_BUILD=$(abspath $(BUILD)) PYTHONDONTWRITEBYTECODE=1 \
			$(PYTHON) tests/system/tour.py $(SYSTEM); \
	else \
		exec$(boards_PATH) $(BUILD)/host/bin/kumiki run $(system_TIME) $(SYSTEM); \
	fi

.PHONY: run-needs run-system

# Host unit tests and fuzzers.
#
# Each tests/unit/<room>/test_<name>.c is one program under ASan and UBSan. Its TEST()s stand in no list
# (tests/unit/include/unit.h), and the program stands in none: a new file needs nothing but to be there, if the
# sources of its room are what it tests.
#
# A room says in tests/unit/<room>/unit.mk what its tests stand on:
#
#   unit_room_<room>_SOURCES  := lib/crc32c_table.c lib/bundle.c   linked with each test of the room
#   unit_room_<room>_INCLUDES := lib/include include tests         the -I list of what is in the room itself
#   unit_room_<room>_LIBS     := -lfdt                             further libraries, if any
#   unit_<name>_SOURCES       := …                                 of one test, instead of the room's
#   $(call unit_alike,<name>,<others>)                             those others link what <name> does
#   unit_PLAIN                += <name>                            one that plays for long what others of its room run
#                                                                  under sanitizers: without them, for speed
#
# A source is compiled once, whichever tests link it; where it stands says with which -I list (unit_INCLUDES_…, below).
#
# Each tests/fuzz/fuzz_<name>.c is one libFuzzer program. Its seeds are the inputs that are kept in
# tests/fuzz/corpus/<name>.tar.gz (tests/fuzz/keep.sh adds one), and fuzz_<name>_SEEDS: files, and tables of cases.
# tests/fuzz/<anything>.mk says: fuzz_<name>_SOURCES, fuzz_<name>_INCLUDES, fuzz_<name>_LIBS, fuzz_<name>_SEEDS, and
# fuzz_<name>_INPUTS: how many it is given, the same ones on a fast machine and on a slow one.
# What a fuzzer finds is left in build/fuzz/<name>/crash-….

unit_alike = $(foreach other,$2,$(eval unit_$(other)_SOURCES := $$(unit_$1_SOURCES)))
-include $(wildcard tests/unit/*/unit.mk tests/fuzz/*.mk)

unit_TESTS := $(wildcard tests/unit/*/test_*.c)
unit_room_of = $(notdir $(patsubst %/,%,$(dir $1)))
unit_ROOMS := $(sort $(foreach test,$(unit_TESTS),$(call unit_room_of,$(test))))

# The -I list and further flags of the sources below a folder; of a folder and one in it, the inner one's count.
unit_INCLUDES_lib := $(lib_INCLUDES)
unit_INCLUDES_frame := frame/include frame/dev/include frame/arch/fake/include frame/gic/gicv3/include frame/core/vgic frame/core/vgic/gicv3 $(frame_ROOMS:%=frame/core/%/include) $(lib_INCLUDES)
# Where the sanitizers leave room for what the target has at fixed addresses.
unit_FLAGS_frame := -DLAYOUT_END=0x200040000000
unit_INCLUDES_frame/service := $(patsubst %,frame/service/%/include,broker console shell updater warden) frame/service/include $(lib_INCLUDES)
unit_INCLUDES_keeper := $(host_INCLUDES) $(linux_INCLUDES) linux/tool
unit_INCLUDES_guests := guests/lib/include include
unit_INCLUDES_linux := $(linux_INCLUDES) linux/tool linux/agent linux/reserve
unit_INCLUDES_rtos := rtos rtos/sys/include $(lib_INCLUDES)
unit_INCLUDES_rtos/kernel := $(addprefix rtos/kernel/,include arch/fake/include arch/aarch64/include) $(lib_INCLUDES)
unit_INCLUDES_tools := $(host_INCLUDES)
$(foreach room,$(unit_ROOMS),$(eval unit_INCLUDES_tests/unit/$(room) = tests/unit/include $$(unit_room_$(room)_INCLUDES)))
unit_INCLUDES_tests/unit := tests/unit/include
unit_FLAGS_tests/unit/frame := $(unit_FLAGS_frame)
unit_FLAGS_tests/unit/frame_plays := $(unit_FLAGS_frame)
unit_FOLDERS := frame frame/service guests keeper lib linux rtos rtos/kernel tools tests/unit $(unit_ROOMS:%=tests/unit/%)
# (Sorted, a folder stands before those in it.)
unit_folder = $(or $(lastword $(sort $(foreach folder,$(unit_FOLDERS),$(if $(filter $(folder)/%,$1),$(folder))))),$(error \
	mk/unit.mk doesn't say with which -I list '$1' is compiled: unit_INCLUDES_FOLDER and unit_FOLDERS))
# What is tested, and what plays against it for long, is optimised; a test itself compiles in half the time without.
unit_optimize = $(if $(filter test_%,$(notdir $1)),-O0,-O1)
# $(call unit_compile,SOURCE): the flags of where it stands.
unit_compile = $(unit_FLAGS_$(call unit_folder,$1)) $(addprefix -I,$(unit_INCLUDES_$(call unit_folder,$1)))

# With so much for debuggers in it, linking by lld takes half as long.
unit_LINK := -fuse-ld=lld
# Three ways to compile: under sanitizers; without them; and with a call of tests/unit/broker/kill.c at each step.
unit_WAYS := sanitized plain stepped
unit_WAY_sanitized := $(SANITIZE)
unit_WAY_stepped := $(SANITIZE) -fsanitize-coverage=trace-pc -fno-inline
unit_way = $(if $(filter $2,$(unit_PLAIN)),plain,$(or $(unit_room_$1_WAY),sanitized))

# $(call unit_objects,WAY)
define unit_objects
$(BUILD)/unit/objects/$1/%.c.o: %.c
	@mkdir -p $$(@D)
	$$(HOST_CC) $$(HOST_FLAGS) $(if $(filter plain,$1),,$$(call unit_optimize,$$<)) $$(unit_WAY_$1) $$(call unit_compile,$$<) -c -o $$@ $$<
endef
$(foreach way,$(unit_WAYS),$(eval $(call unit_objects,$(way))))
-include $(shell find $(BUILD)/unit/objects -name '*.d' 2>/dev/null)

unit_PROGRAMS :=
# $(call unit_program,ROOM,NAME,SOURCE): one test, and what it links.
define unit_program
unit_PROGRAMS += $(BUILD)/unit/$1/$2
unit_LINKED_$1/$2 = $3 $$(or $$(unit_$2_SOURCES),$$(unit_room_$1_SOURCES))
$(BUILD)/unit/$1/$2: $$(call objects,unit/objects/$$(call unit_way,$1,$2),tests/unit/unit.c $3 $$(or $$(unit_$2_SOURCES),$$(unit_room_$1_SOURCES)))
	@mkdir -p $$(@D)
	$$(HOST_CC) $$(HOST_FLAGS) $$(unit_WAY_$$(call unit_way,$1,$2)) $$(unit_LINK) -o $$@ $$^ -lcmocka $$(unit_room_$1_LIBS)
endef
$(foreach test,$(unit_TESTS),$(eval $(call unit_program,$(call unit_room_of,$(test)),$(patsubst \
	test_%.c,%,$(notdir $(test))),$(test))))

# TESTS="move life": those of these names. FOR=frame/core/run/move.c: those that link this source.
unit_like = $(strip $(foreach program,$(unit_PROGRAMS),$(if $(findstring $1,$(notdir $(program))),$(notdir $(program)))))
unit_named = $(or $(filter %/$1,$(unit_PROGRAMS)),$(error there is no unit test '$1'$(if \
	$(unit_like),; there are: $(unit_like),; tests/unit/ROOM/test_NAME.c has them)))
unit_for = $(or $(strip $(foreach program,$(unit_PROGRAMS),$(if $(filter $1,$(unit_LINKED_$(program:$(BUILD)/unit/%=%))),$(program)))),\
	$(error no unit test links '$1': name a source by its path, such as frame/core/run/move.c))
unit_WANTED = $(if $(TESTS),$(foreach name,$(TESTS),$(call unit_named,$(name))),$(if $(FOR),$(foreach path,$(FOR),$(call unit_for,$(path))),$(unit_PROGRAMS)))

unit-programs: $(unit_PROGRAMS)
ifneq ($(filter unit,$(MAKECMDGOALS)),)
unit: $(sort $(unit_WANTED))
endif
unit: ## host unit tests under sanitizers; TESTS="move life" some, FOR=frame/core/run/move.c what links that
	@tests/unit/run.sh $(BUILD) $(sort $(unit_WANTED))

# The same tests, built apart: without sanitizers, and not optimised, as branches are counted.
coverage: setup ## how many lines and branches the unit tests run; PAGE=1 makes the page of it
	@rm -rf $(BUILD)/coverage/results; find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory $(PARALLEL) BUILD=$(BUILD)/coverage SANITIZE=--coverage unit_WAY_plain=--coverage \
		unit_optimize=-O0 unit-programs
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage SANITIZE=--coverage unit_WAY_plain=--coverage unit_optimize=-O0 unit
	@$(PYTHON) tests/unit/coverage.py $(BUILD)/coverage $(if $(PAGE),--page)

fuzz_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_FLAGS := $(COMMON_FLAGS) -O1 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all

# Objects are shared by all fuzzers.
fuzz_INCLUDES = $(sort $(foreach name,$(fuzz_NAMES),$(fuzz_$(name)_INCLUDES)))
$(BUILD)/fuzz/objects/%.c.o: %.c
	@mkdir -p $(@D)
	clang $(fuzz_FLAGS) $(addprefix -I,$(fuzz_INCLUDES)) -c -o $@ $<
-include $(shell find $(BUILD)/fuzz/objects -name '*.d' 2>/dev/null)

# $(call fuzz_program,NAME)
define fuzz_program
$(BUILD)/fuzz/$1/fuzz_$1: $$(call objects,fuzz/objects,tests/fuzz/fuzz_$1.c $$(fuzz_$1_SOURCES))
	@mkdir -p $$(@D)
	clang $$(fuzz_FLAGS) -o $$@ $$^ $$(fuzz_$1_LIBS)
$(BUILD)/fuzz/$1/seeds: $(wildcard tests/fuzz/corpus/$1.tar.gz) $(fuzz_$1_SEEDS) tests/fuzz/seeds.sh tests/cases.sh
	@tests/fuzz/seeds.sh $$@ $$(filter-out %.sh,$$^)
endef
$(foreach name,$(fuzz_NAMES),$(eval $(call fuzz_program,$(name))))

fuzz-programs: $(foreach name,$(fuzz_NAMES),$(BUILD)/fuzz/$(name)/fuzz_$(name) $(BUILD)/fuzz/$(name)/seeds)
fuzz_LIMIT = $(if $(FUZZ_SECONDS),-max_total_time=$(FUZZ_SECONDS),-runs=$(or $(fuzz_$1_INPUTS),$(error \
	fuzz_$1_INPUTS is missing)))
fuzz: fuzz-programs ## fuzzers, each with its number of inputs; FUZZ_SECONDS=60: for so long
	@tests/fuzz/run.sh $(BUILD) $(foreach name,$(fuzz_NAMES),$(name)$(call fuzz_LIMIT,$(name)))

.PHONY: unit unit-programs coverage fuzz fuzz-programs

# Host unit tests and fuzzers.
#
# Each tests/unit/<room>/test_<name>.c is one program under ASan and UBSan. It has TEST()s, in which cmocka asserts
# (tests/unit/include/unit.h); it needs nothing but to be there.
# A room says in tests/unit/<room>/unit.mk what its tests stand on:
#
#   unit_room_<room>_SOURCES  := lib/crc32c_table.c lib/bundle.c   linked with each test of the room
#   unit_room_<room>_INCLUDES := lib/include include               the -I list, for tests and sources
#   unit_room_<room>_FLAGS    := …                                 further compiler flags, if any
#   unit_room_<room>_LIBS     := -lfdt                             further libraries, if any
#   unit_<name>_SOURCES       := …                                 of one test, instead of the room's
#   unit_PLAIN                += <name>                            one that plays for long what others of its room run
#                                                                  under sanitizers: without them, for speed
#
# Each tests/fuzz/fuzz_<name>.c is one libFuzzer program; its seeds are in tests/fuzz/corpus/<name>/.
# tests/fuzz/<anything>.mk says: fuzz_<name>_SOURCES, fuzz_<name>_INCLUDES, fuzz_<name>_LIBS, and
# fuzz_<name>_INPUTS: how many it is given, the same ones on a fast machine and on a slow one.
# What a fuzzer finds is left in build/fuzz/<name>/crash-….

-include $(wildcard tests/unit/*/unit.mk tests/fuzz/*.mk)

unit_TESTS := $(wildcard tests/unit/*/test_*.c)
unit_FLAGS := $(HOST_FLAGS) $(SANITIZE)
# What is tested, and what plays against it for long, is optimised; a test itself compiles in half the time without.
unit_OPTIMIZE = $(if $(filter test_%,$(notdir $1)),-O0,-O1)
# With so much for debuggers in it, linking by lld takes half as long.
unit_LINK := -fuse-ld=lld
unit_PROGRAMS :=

# $(call unit_program,ROOM,NAME,SOURCE): one test, and what it links; objects are shared by the tests of a room, but for plain ones.
define unit_program
unit_PROGRAMS += $(BUILD)/unit/$1/$2
unit_LINKED_$1/$2 = $3 $$(or $$(unit_$2_SOURCES),$$(unit_room_$1_SOURCES))
$(BUILD)/unit/$1/$2: $$(call objects,unit/$1$(if $(filter $2,$(unit_PLAIN)),/plain),tests/unit/unit.c $3 $$(or $$(unit_$2_SOURCES),$$(unit_room_$1_SOURCES)))
	@mkdir -p $$(@D)
	$$(HOST_CC) $(if $(filter $2,$(unit_PLAIN)),$$(HOST_FLAGS),$$(unit_FLAGS)) $$(unit_LINK) -o $$@ $$^ -lcmocka $$(unit_room_$1_LIBS)
endef

# $(call unit_room,ROOM): how a room's objects are made.
define unit_room
$(BUILD)/unit/$1/%.c.o: %.c
	@mkdir -p $$(@D)
	$$(HOST_CC) $$(unit_FLAGS) $$(call unit_OPTIMIZE,$$<) $$(unit_room_$1_FLAGS) $$(addprefix -I,tests/unit/include $$(unit_room_$1_INCLUDES)) \
		-c -o $$@ $$<
$(BUILD)/unit/$1/plain/%.c.o: %.c
	@mkdir -p $$(@D)
	$$(HOST_CC) $$(HOST_FLAGS) $$(unit_room_$1_FLAGS) $$(addprefix -I,tests/unit/include $$(unit_room_$1_INCLUDES)) -c -o $$@ $$<
-include $$(shell find $(BUILD)/unit/$1 -name '*.d' 2>/dev/null)
endef

unit_room_of = $(notdir $(patsubst %/,%,$(dir $1)))
$(foreach room,$(sort $(foreach test,$(unit_TESTS),$(call unit_room_of,$(test)))),\
	$(eval $(call unit_room,$(room))))
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
endef
$(foreach name,$(fuzz_NAMES),$(eval $(call fuzz_program,$(name))))

fuzz-programs: $(foreach name,$(fuzz_NAMES),$(BUILD)/fuzz/$(name)/fuzz_$(name))
fuzz_LIMIT = $(if $(FUZZ_SECONDS),-max_total_time=$(FUZZ_SECONDS),-runs=$(or $(fuzz_$1_INPUTS),$(error \
	fuzz_$1_INPUTS is missing)))
fuzz: fuzz-programs ## fuzzers, each with its number of inputs; FUZZ_SECONDS=60: for so long
	@tests/fuzz/run.sh $(BUILD) $(foreach name,$(fuzz_NAMES),$(name)$(call fuzz_LIMIT,$(name)))

.PHONY: unit unit-programs fuzz fuzz-programs

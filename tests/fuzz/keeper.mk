# The keeper, between a machine and clients that say anything.
fuzz_keeper_INCLUDES := keeper/include tools tools/include tests $(lib_INCLUDES)
fuzz_keeper_SOURCES := $(unit_room_keeper_SOURCES)
fuzz_keeper_LIBS := $(keeper_LIBS)
fuzz_keeper_SEEDS := $(wildcard tests/fuzz/keeper/*)
fuzz_keeper_INPUTS := 5000
$(BUILD)/fuzz/keeper/fuzz_keeper: $(keeper_FILES)

# The keeper, between a machine and clients that say anything.
fuzz_keeper_INCLUDES := keeper/include tools tools/include tests $(lib_INCLUDES)
fuzz_keeper_SOURCES := $(unit_room_keeper_SOURCES)
fuzz_keeper_LIBS := $(keeper_LIBS)
fuzz_keeper_SEEDS := $(wildcard tests/fuzz/keeper/*)
fuzz_keeper_INPUTS := 5000
$(BUILD)/fuzz/keeper/fuzz_keeper: $(keeper_FILES)

# The file of a page's users.
fuzz_users_INCLUDES := keeper/include
fuzz_users_SOURCES := keeper/users.c
fuzz_users_LIBS := -lcrypt
fuzz_users_SEEDS := $(wildcard tests/fuzz/users/*)
fuzz_users_INPUTS := 20000

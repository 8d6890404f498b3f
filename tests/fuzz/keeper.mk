# The keeper, between a machine and clients that say anything.
fuzz_keeper_INCLUDES := keeper/include tools tools/include tests $(lib_INCLUDES)
fuzz_keeper_SOURCES := $(unit_room_keeper_SOURCES)
fuzz_keeper_LIBS := $(keeper_HOST_LIBS)
fuzz_keeper_SEEDS := $(wildcard tests/fuzz/keeper/*)
fuzz_keeper_INPUTS := 5000
$(BUILD)/fuzz/keeper/fuzz_keeper: $(keeper_FILES)

# The file of a page's users.
fuzz_users_INCLUDES := keeper/include
fuzz_users_SOURCES := keeper/users.c
fuzz_users_LIBS := -lcrypt
fuzz_users_SEEDS := $(wildcard tests/fuzz/users/*)
fuzz_users_INPUTS := 20000

# Commands from a broker, and the keys that sign them.
fuzz_command_INCLUDES := keeper/include tests $(lib_INCLUDES)
fuzz_command_SOURCES := $(unit_room_keeper_SOURCES)
fuzz_command_LIBS := $(keeper_HOST_LIBS)
fuzz_command_SEEDS := $(wildcard tests/fuzz/command/*)
fuzz_command_INPUTS := 20000
$(BUILD)/fuzz/command/fuzz_command: $(keeper_FILES)

# What the tests of the host command stand on: all of it but main().
unit_room_tools_SOURCES := $(filter-out tools/command/main.c,\
	$(sort $(wildcard tools/*/*.c))) tests/unit/tools/sample_model.c \
	tests/unit/tools/tree_expect.c tests/unit/tools/core_play.c tests/unit/tools/core_model.c \
	tests/unit/tools/good_model.c tests/unit/tools/bad_cases.c \
	$(lib_HOST_SOURCES) keeper/back.c keeper/users.c keeper/seal.c rtos/servers/watcher/ladder.c \
	$(filter-out %/main.c %/blocks.c,$(wildcard rtos/servers/diskfs/*.c))
unit_room_tools_INCLUDES := tools tools/include keeper/include rtos lib/include include tests
unit_room_tools_LIBS := -lfdt -lcrypto -lcrypt -lm

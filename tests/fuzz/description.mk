# The fuzzer of the path from a description to the model.
fuzz_description_INCLUDES := tools/include lib/include include
fuzz_description_SOURCES := $(addprefix tools/base/,arena.c files.c tame.c) \
	$(wildcard tools/dts/*.c tools/model/*.c tools/guest_tree/*.c) tools/rtos/given.c tools/rtos/place.c tools/update/key.c tools/say/say.c \
	$(lib_HOST_SOURCES)
fuzz_description_LIBS := -lfdt -lcrypto
fuzz_description_INPUTS := 6250
fuzz_description_SEEDS := $(wildcard tests/descriptions/good/*.dts tests/descriptions/bad/*.cases)

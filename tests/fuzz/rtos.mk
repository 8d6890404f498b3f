# The fuzzer of the RTOS's manifests, programs and boot images.
fuzz_rtos_INCLUDES := tools/include rtos lib/include include tests
fuzz_rtos_SOURCES := $(addprefix tools/base/,arena.c files.c tame.c) \
	$(wildcard tools/rtos/*.c tools/dts/*.c tools/model/*.c tools/guest_tree/*.c) tools/update/key.c \
	tools/say/say.c tests/unit/lib/sample_rtosimage.c rtos/servers/watcher/ladder.c \
	$(lib_HOST_SOURCES)
fuzz_rtos_LIBS := -lfdt -lcrypto
fuzz_rtos_INPUTS := 5750
fuzz_rtos_SEEDS := $(wildcard tests/manifests/good/*.dts tests/manifests/bad/*.cases)

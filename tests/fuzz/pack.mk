# The fuzzer of the packer: whatever passes the checks of a description must pack, and verify.
fuzz_pack_SOURCES := $(lib_HOST_SOURCES) \
	$(addprefix tools/base/,arena.c files.c tame.c) $(wildcard tools/dts/*.c tools/model/*.c tools/guest_tree/*.c) tools/rtos/given.c tools/rtos/place.c tools/update/key.c \
	tools/pack/make.c tools/pack/parts.c tools/pack/tables.c tools/pack/functions.c tools/pack/frame.c \
	tools/draw/picture.c tools/draw/labels.c tools/draw/drawing.c tools/draw/svg.c \
	tools/draw/text.c tools/show/image.c tools/show/report.c \
	tools/say/say.c
fuzz_pack_INCLUDES := tools/include lib/include include
fuzz_pack_LIBS := -lfdt -lcrypto -lm
fuzz_pack_INPUTS := 1750
fuzz_pack_SEEDS := $(wildcard tests/descriptions/good/*.dts)

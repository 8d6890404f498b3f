# The fuzzer of the path from a description to the model.
fuzz_description_INCLUDES := tools/include lib/include include
fuzz_description_SOURCES := $(addprefix tools/base/,arena.c files.c) \
	$(wildcard tools/dts/*.c tools/model/*.c tools/guest_tree/*.c) tools/say/powerplan.c \
	lib/bundle_start.c lib/bundle_tables.c lib/crc32c_table.c lib/nearest.c lib/power_rule.c lib/powerwords.c
fuzz_description_LIBS := -lfdt
fuzz_description_INPUTS := 6250

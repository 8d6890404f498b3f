# What the tests of lib/ stand on.
unit_room_lib_SOURCES := $(filter-out lib/crc32c_arm.c lib/string.c,$(wildcard lib/*.c)) \
	tests/unit/lib/sample_bundle.c
unit_room_lib_INCLUDES := lib/include include tests .
# The memory functions are tested under names of their own: the test program needs the real ones.
unit_string_SOURCES := lib/crc32c_table.c

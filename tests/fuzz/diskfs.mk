# The fuzzer of what a disk has.
fuzz_diskfs_INCLUDES := rtos lib/include include tests
fuzz_diskfs_SOURCES := $(filter-out %/main.c %/blocks.c,$(wildcard rtos/servers/diskfs/*.c)) \
	tests/unit/rtos_servers/diskfs_disk.c lib/crc32c_table.c
fuzz_diskfs_INPUTS := 3000

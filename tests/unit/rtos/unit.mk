# The RTOS's kernel on the host, on the fake machine.
unit_rtos_kernel := $(wildcard rtos/kernel/core/*.c) lib/rtosimage.c lib/crc32c_table.c \
	$(wildcard rtos/kernel/arch/fake/*.c) tests/unit/rtos/world.c tests/unit/rtos/invariants.c tests/unit/rtos/invariants_memory.c \
	tests/unit/rtos/invariants_trace.c
unit_room_rtos_INCLUDES := rtos/kernel/include rtos/kernel/arch/fake/include rtos/kernel/arch/aarch64/include lib/include include tests
unit_room_rtos_SOURCES := $(unit_rtos_kernel)
unit_kernel_console_SOURCES := rtos/kernel/arch/aarch64/console.c
unit_heap_SOURCES := rtos/kernel/core/heap.c
unit_kernel_tree_SOURCES := rtos/kernel/core/tree.c rtos/kernel/core/board.c
unit_room_rtos_LIBS := -lfdt

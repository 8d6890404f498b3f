# What the tests of the RTOS's C library and templates stand on: what decides, without a system call.
unit_room_rtos_libc_SOURCES := rtos/libc/terminal.c rtos/libc/expiry.c rtos/sys/text.c rtos/sys/journal.c rtos/templates/server/counters.c \
	rtos/templates/driver/alarms.c
unit_room_rtos_libc_INCLUDES := rtos rtos/sys/include lib/include include

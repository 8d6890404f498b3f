# What the tests of the RTOS's C library stand on: what decides, without a system call.
unit_room_rtos_libc_SOURCES := rtos/libc/terminal.c rtos/sys/text.c
unit_room_rtos_libc_INCLUDES := rtos rtos/sys/include lib/include include

# What translates between gdb and the link.
fuzz_gdb_INCLUDES := tools include
fuzz_gdb_SOURCES := $(addprefix tools/gdb/,hardware.c registers.c rsp.c server.c)
fuzz_gdb_INPUTS := 350000

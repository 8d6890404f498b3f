# The fuzzer of programs' ELF files.
fuzz_program_SOURCES := $(lib_HOST_SOURCES) tools/base/arena.c $(wildcard tools/facts/*.c)
fuzz_program_INCLUDES := tools tools/include lib/include include
fuzz_program_INPUTS := 20000
fuzz_program_SEEDS := tests/fuzz/corpus/small-program

# The fuzzer of modules' files: reading, layout and sites.
fuzz_modules_SOURCES := $(lib_HOST_SOURCES) tools/base/arena.c $(wildcard tools/modules/*.c tools/facts/*.c)
fuzz_modules_INCLUDES := tools tools/include lib/include include
fuzz_modules_INPUTS := 40000
fuzz_modules_SEEDS := tests/fuzz/corpus/small-module

# The file of kumiki-reserve.
fuzz_reserve_INCLUDES := linux/reserve
fuzz_reserve_SOURCES := linux/reserve/read.c
fuzz_reserve_SEEDS := $(wildcard tests/fuzz/reserve/*)
fuzz_reserve_INPUTS := 20000

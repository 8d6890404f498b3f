# Compilers and flags, and the three ways to compile: for the host, for EL2 and EL0 services
# (freestanding), for guests (freestanding). Rooms' files list sources and includes and use these.

CROSS ?= aarch64-linux-gnu-
ifeq ($(TOOLCHAIN),clang)
HOST_CC := clang
TARGET_CC := clang --target=aarch64-linux-gnu
else
HOST_CC := gcc
TARGET_CC := $(CROSS)gcc
endif
TARGET_OBJCOPY := $(CROSS)objcopy
TARGET_LD := $(CROSS)ld
TARGET_NM := $(CROSS)nm
PYTHON := /usr/bin/python3

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
# The file says the release, and "-dev" behind it between two of them. An object of a source that says
# KUMIKI_VERSION has it among its prerequisites.
VERSION := $(file <VERSION)
# Reproducible: no path of this checkout gets into an object.
COMMON_FLAGS := -std=c11 -g $(WARNINGS) -ffile-prefix-map=$(CURDIR)=. -DKUMIKI_VERSION='"$(VERSION)"' -MMD -MP

HOST_FLAGS := $(COMMON_FLAGS) -O2 -D_GNU_SOURCE
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Freestanding: nothing from a C library but the compiler's own headers; memcpy and friends are in lib.
TARGET_FLAGS := $(COMMON_FLAGS) -ffreestanding -fno-common -fno-builtin-printf -fno-pic \
	-ffunction-sections -fdata-sections -mstrict-align -mno-outline-atomics
# Of the headers around, the compiler's own alone. It has some of another C library, too: a program that includes one of
# those is told so here, not by the linker.
# (The compiler is asked once, by the first rule that wants to know.)
TARGET_HEADERS = $(eval TARGET_HEADERS := -nostdinc -isystem $(shell $(TARGET_CC) -print-file-name=include))$(TARGET_HEADERS)
# The general registers only: floating point and SIMD registers always hold a guest's state.
GENERAL_ONLY := -mgeneral-regs-only
# A debug build traps undefined behaviour and guards the stack: make DEBUG=1. What is linked for the
# target takes lib/guard.c in then.
ifneq ($(DEBUG),0)
GUARD_SOURCES := lib/guard.c
TARGET_FLAGS += -fsanitize=undefined -fsanitize-undefined-trap-on-error -fstack-protector-strong
endif

# $(call objects,FOLDER,SOURCES): where the objects of these sources go.
objects = $(patsubst %,$(BUILD)/$1/%.o,$2)

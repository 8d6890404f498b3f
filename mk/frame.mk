# The frame: one image for each board, build/frame/<board>.img, and the same unstripped as .elf.

FRAME_BOARDS := qemu-virt xlnx-versal-virt

frame_INCLUDES := -Iframe/include -Iframe/arch/aarch64/include -Ilib/include -Iinclude
# What runs at every trap is compiled for speed, the rest (start, reports, verification) for size.
frame_FAST := $(addprefix frame/core/,access.c account.c doorbell.c mail.c pl011.c psci.c \
	resident.c sched.c vgic_arrive.c vgic_regs.c) \
	$(addprefix frame/arch/aarch64/,resident.c trap.c)
# In these a function's short way is split off by hand where it pays, and switches have few cases: what
# gcc makes of that on its own, of branches with equal ends, of the values that a variable can have and of
# structures of which a function wants a part takes 250 bytes.
frame_SMALL_FLAGS := -Os $(if $(filter clang,$(TOOLCHAIN)),,-fno-partial-inlining \
	-fno-tree-switch-conversion -fno-tree-tail-merge -fno-tree-vrp -fno-ipa-sra)
# gcc's padding for alignment costs 600 bytes and, where it is run through, instructions. What it
# would put into other functions on its own and isn't called `inline` costs 1,500 more and saves few.
frame_FAST_FLAGS := -O2 $(if $(filter clang,$(TOOLCHAIN)),,-falign-functions=4 -falign-loops=1 \
	-falign-jumps=1 -falign-labels=1 -fno-shrink-wrap-separate \
	-fno-inline-functions -freorder-blocks-algorithm=simple)
frame_OPTIMIZE = $(if $(filter $1,$(frame_APART)),-Os,$(if $(filter $1,$(frame_FAST)),$(frame_FAST_FLAGS), \
	$(frame_SMALL_FLAGS)) $(frame_WHOLE))
# All of it lies within 1 MiB: one instruction says where something is.
frame_FLAGS := $(TARGET_FLAGS) $(GENERAL_ONLY) -mcmodel=tiny -fno-jump-tables -fomit-frame-pointer \
	$(frame_INCLUDES)
# What runs only once: none of it is used between the start and the end, when it isn't mapped.
frame_START := $(addprefix frame/core/,crash.c idreg.c print.c seed.c start.c start_console.c \
	start_core.c start_dma.c start_function.c start_partition.c start_power.c start_stolen.c) \
	$(addprefix frame/dev/,gicv3_fit.c gicv3_start.c smmuv3_start.c) \
	$(addprefix lib/,bundle.c bundle_function.c bundle_machine.c bundle_partition.c \
	bundle_start.c crc32c_arm.c sha256.c)
# Everything else is compiled as one, at the link: what is called once from another file goes where
# it is called. The compiler itself calls what string.c has.
frame_WHOLE := $(if $(filter clang,$(TOOLCHAIN)),,-flto -flto-partition=one -fno-caller-saves)
frame_APART := $(frame_START) lib/string.c
frame_SOURCES := $(wildcard frame/core/*.c frame/arch/aarch64/*.c frame/arch/aarch64/*.S \
	frame/dev/*.c) $(wildcard lib/bundle*.c) lib/liferule.c \
	lib/crc32c_arm.c lib/sha256.c lib/string.c $(GUARD_SOURCES)
frame_SOURCES := $(filter-out frame/arch/aarch64/frame.ld.S,$(frame_SOURCES))

# One file knows what the board is; all others are compiled once, for every board.
frame_HEAD := frame/arch/aarch64/head.S
frame_OBJECTS := $(call objects,frame/every,$(filter-out $(frame_HEAD),$(frame_SOURCES)))
$(BUILD)/frame/every/%.c.o: %.c mk/frame.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(frame_FLAGS) $(call frame_OPTIMIZE,$<) -c -o $@ $<
$(BUILD)/frame/every/%.S.o: %.S mk/frame.mk mk/tools.mk $(BUILD)/service/console.bin $(BUILD)/service/loader.bin
	@mkdir -p $(@D)
	$(TARGET_CC) $(frame_FLAGS) -Wa,-I$(BUILD)/service -c -o $@ $<
-include $(shell find $(BUILD)/frame -name '*.d' 2>/dev/null)

# $(call frame_board,BOARD)
define frame_board
$(BUILD)/frame/$1/head.S.o: $(frame_HEAD) mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) -Iframe/board/$1 -c -o $$@ $$<
$(BUILD)/frame/$1.ld: frame/arch/aarch64/frame.ld.S frame/include/frame/layout.h mk/frame.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) -E -P -x c -Iframe/include -D'START_FILES=$(frame_START:%=*/%.o)' $$< -o $$@
$(BUILD)/frame/$1.elf: $(BUILD)/frame/$1/head.S.o $(frame_OBJECTS) $(BUILD)/frame/$1.ld
	$$(TARGET_CC) $$(frame_FLAGS) -Os $$(frame_WHOLE) -nostdlib -static -Wl,-T,$(BUILD)/frame/$1.ld \
		-Wl,--gc-sections,--fatal-warnings,--build-id=none -z noexecstack -z max-page-size=4096 \
		-o $$@ $(BUILD)/frame/$1/head.S.o $(frame_OBJECTS)
$(BUILD)/frame/$1.img: $(BUILD)/frame/$1.elf
	$$(TARGET_OBJCOPY) -O binary -j .head -j .text -j .rodata -j .start $$< $$@
endef

$(foreach board,$(FRAME_BOARDS),$(eval $(call frame_board,$(board))))

frame: $(foreach board,$(FRAME_BOARDS),$(BUILD)/frame/$(board).img \
	$(BUILD)/host/share/kumiki/frame-$(board).img) ## the frame's images

.PHONY: frame

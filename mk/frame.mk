# The frame: one image for each board, build/frame/<board>.img, and the same unstripped as .elf.

FRAME_BOARDS := qemu-virt xlnx-versal-virt

frame_INCLUDES := -Iframe/include -Iframe/arch/aarch64/include -Ilib/include -Iinclude
# What runs at every trap is compiled for speed, the rest (start, reports, verification) for size.
frame_FAST := $(addprefix frame/core/,access.c account.c doorbell.c emulated.c mail.c pl011.c psci.c \
	resident.c sched.c vgic_arrive.c vgic_regs.c) \
	$(addprefix frame/arch/aarch64/,contexts.c resident.c trap.c)
# gcc's padding for alignment costs 600 bytes and, where it is run through, instructions.
frame_FAST_FLAGS := -O2 $(if $(filter clang,$(TOOLCHAIN)),,-falign-functions=4 -falign-loops=1 \
	-falign-jumps=1 -falign-labels=1)
frame_OPTIMIZE = $(if $(filter $1,$(frame_FAST)),$(frame_FAST_FLAGS),-Os)
# All of it lies within 1 MiB: one instruction says where something is.
frame_FLAGS := $(TARGET_FLAGS) $(GENERAL_ONLY) -mcmodel=tiny -fno-jump-tables -fomit-frame-pointer \
	$(frame_INCLUDES)
frame_SOURCES := $(wildcard frame/core/*.c frame/arch/aarch64/*.c frame/arch/aarch64/*.S \
	frame/dev/*.c) $(wildcard lib/bundle*.c) lib/liferule.c \
	lib/crc32c_arm.c lib/sha256.c lib/string.c $(GUARD_SOURCES)
frame_SOURCES := $(filter-out frame/arch/aarch64/frame.ld.S,$(frame_SOURCES))

# $(call frame_board,BOARD)
define frame_board
$(BUILD)/frame/$1/%.c.o: %.c mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) $$(call frame_OPTIMIZE,$$<) -Iframe/board/$1 -c -o $$@ $$<
$(BUILD)/frame/$1/%.S.o: %.S mk/frame.mk mk/tools.mk $(BUILD)/service/console.bin $(BUILD)/service/loader.bin
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) -Iframe/board/$1 -Wa,-I$(BUILD)/service -c -o $$@ $$<
$(BUILD)/frame/$1.ld: frame/arch/aarch64/frame.ld.S frame/include/frame/layout.h mk/frame.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) -E -P -x c -Iframe/include $$< -o $$@
$(BUILD)/frame/$1.elf: $(call objects,frame/$1,$(frame_SOURCES)) $(BUILD)/frame/$1.ld
	$$(TARGET_LD) -T $(BUILD)/frame/$1.ld --gc-sections --fatal-warnings -z noexecstack \
		-z max-page-size=4096 -o $$@ $(call objects,frame/$1,$(frame_SOURCES))
$(BUILD)/frame/$1.img: $(BUILD)/frame/$1.elf
	$$(TARGET_OBJCOPY) -O binary -j .head -j .text -j .rodata -j .start $$< $$@
-include $$(shell find $(BUILD)/frame/$1 -name '*.d' 2>/dev/null)
endef

$(foreach board,$(FRAME_BOARDS),$(eval $(call frame_board,$(board))))

frame: $(foreach board,$(FRAME_BOARDS),$(BUILD)/frame/$(board).img \
	$(BUILD)/host/share/kumiki/frame-$(board).img) ## the frame's images

.PHONY: frame

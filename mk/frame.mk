# The frame: one image for each board, build/frame/<board>.img, and the same unstripped as .elf.

FRAME_BOARDS := qemu-virt xlnx-versal-virt

frame_INCLUDES := -Iframe/include -Iframe/arch/aarch64/include -Ilib/include -Iinclude
# What stays beside guests is compiled for speed, what runs once for size.
frame_OPTIMIZE = $(if $(filter $1,$(frame_START)),-Os,-O2 $(frame_WHOLE))
# All of it lies within 1 MiB: one instruction says where something is.
frame_FLAGS := $(TARGET_FLAGS) $(GENERAL_ONLY) -mcmodel=tiny \
	$(frame_INCLUDES)
# What runs only once: none of it is used between the start and the end, when it isn't mapped.
frame_START := $(addprefix frame/core/,crash.c idreg.c print.c seed.c start.c start_console.c \
	start_core.c start_dma.c start_function.c start_partition.c start_power.c start_stolen.c) \
	$(addprefix frame/dev/,gicv3_fit.c gicv3_start.c smmuv3_start.c) \
	$(addprefix lib/,bundle.c bundle_function.c bundle_machine.c bundle_partition.c \
	bundle_start.c crc32c_arm.c sha256.c)
# All of it is compiled as one, at the link: what is called from another file may go where it is called.
frame_WHOLE := $(if $(filter clang,$(TOOLCHAIN)),,)
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
	$$(TARGET_CC) $$(frame_FLAGS) -O2 $$(frame_WHOLE) -nostdlib -static -Wl,-T,$(BUILD)/frame/$1.ld \
		-Wl,--gc-sections,--fatal-warnings,--build-id=none -z noexecstack -z max-page-size=4096 \
		-o $$@ $(BUILD)/frame/$1/head.S.o $(frame_OBJECTS)
$(BUILD)/frame/$1.img: $(BUILD)/frame/$1.elf
	$$(TARGET_OBJCOPY) -O binary -j .head -j .text -j .rodata -j .start $$< $$@
endef

$(foreach board,$(FRAME_BOARDS),$(eval $(call frame_board,$(board))))

frame: $(foreach board,$(FRAME_BOARDS),$(BUILD)/frame/$(board).img \
	$(BUILD)/host/share/kumiki/frame-$(board).img) ## the frame's images

.PHONY: frame

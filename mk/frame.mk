# The frame: one image for each board, build/frame/<board>.img, and the same unstripped as .elf.

FRAME_BOARDS := qemu-virt xlnx-versal-virt

# The rooms of frame/core, from the ground up. A room's files see the headers of their own room and of
# those below: a call upwards doesn't compile.
frame_ROOMS := pure state word vgic run dma devices life turn start
frame_GROUND := -Iframe/include -Iframe/dev/include -Iframe/arch/aarch64/include -Ilib/include -Iinclude
# $(call frame_below,ROOM,$(frame_ROOMS)): that room and all below it.
frame_below = $(if $(filter $1,$(firstword $2)),$1,$(firstword $2) $(call frame_below,$1,$(wordlist 2,99,$2)))
frame_includes = $(frame_GROUND) $(foreach room,$(call frame_below,$1,$(frame_ROOMS)),-Iframe/core/$(room)/include)
# Outside frame/core: which room's headers a folder sees, and all below.
frame_FLOOR_frame/arch/aarch64 := state
frame_FLOOR_frame/arch/aarch64/guest := word
frame_FLOOR_frame/dev := state
frame_FLOOR_frame/dev/start := state
frame_FLOOR_lib := pure
frame_floor = $(or $(frame_FLOOR_$(patsubst %/,%,$(dir $1))),$(notdir $(patsubst %/,%,$(dir $1))))
# All of it lies within 1 MiB: one instruction says where something is.
frame_FLAGS := $(TARGET_FLAGS) $(GENERAL_ONLY) -mcmodel=tiny -O2 -fomit-frame-pointer -fno-jump-tables
# What runs once: none of it is used between the start and the end, when it isn't mapped.
frame_START := $(wildcard frame/core/start/*.c frame/dev/start/*.c) \
	frame/core/pure/idreg.c $(filter-out lib/bundle_tables.c,$(wildcard lib/bundle*.c)) lib/parity.c lib/update.c lib/crc32c_arm.c lib/sha256.c
frame_flags = $(frame_FLAGS) $(call frame_includes,$(call frame_floor,$1))
frame_SOURCES := $(foreach room,$(frame_ROOMS),$(wildcard frame/core/$(room)/*.c)) \
	$(wildcard frame/arch/aarch64/*.[cS] frame/arch/aarch64/guest/*.c frame/dev/*.c frame/dev/start/*.c) \
	$(wildcard lib/bundle*.c) lib/index_arm.c lib/liferule.c lib/parity.c lib/update.c lib/crc32c_arm.c lib/sha256.c lib/string.c $(GUARD_SOURCES)
frame_SOURCES := $(filter-out frame/arch/aarch64/frame.ld.S,$(frame_SOURCES))

# One file knows what the board is; all others are compiled once, for every board.
frame_HEAD := frame/arch/aarch64/head.S
frame_OBJECTS := $(call objects,frame/every,$(filter-out $(frame_HEAD),$(frame_SOURCES)))
$(BUILD)/frame/every/%.c.o: %.c mk/frame.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(call frame_flags,$<) -c -o $@ $<
$(BUILD)/frame/every/%.S.o: %.S mk/frame.mk mk/tools.mk $(BUILD)/service/console.bin $(BUILD)/service/loader.bin $(BUILD)/service/warden.bin $(BUILD)/service/broker.bin $(BUILD)/service/updater.bin
	@mkdir -p $(@D)
	$(TARGET_CC) $(frame_FLAGS) $(frame_GROUND) -Wa,-I$(BUILD)/service -c -o $@ $<
-include $(shell find $(BUILD)/frame -name '*.d' 2>/dev/null)

# Puts by what the services' images can be mended into the two pages that the linker left for it.
frame_PARITY := $(BUILD)/frame/parity
$(BUILD)/frame/build/%.o: %
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_FLAGS) $(addprefix -I,$(lib_INCLUDES)) -c -o $@ $<
$(frame_PARITY): $(call objects,frame/build,frame/build/parity.c lib/parity.c lib/crc32c_table.c)
	$(HOST_CC) $(HOST_FLAGS) -o $@ $^

# $(call frame_image,ELF,IMAGE)
define frame_image
$(TARGET_OBJCOPY) -O binary -j .services $1 $2.services
$(frame_PARITY) $2.services
$(TARGET_OBJCOPY) -O binary --update-section .services=$2.services \
	-j .head -j .text -j .services -j .rodata -j .start $1 $2
endef

# $(call frame_board,BOARD)
define frame_board
$(BUILD)/frame/$1/head.S.o: $(frame_HEAD) VERSION mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) $$(frame_GROUND) -Iframe/board/$1 -c -o $$@ $$<
$(BUILD)/frame/$1.ld: frame/arch/aarch64/frame.ld.S frame/include/frame/layout.h mk/frame.mk $(frame_START)
	@mkdir -p $$(@D)
	$$(TARGET_CC) -E -P -x c -Iframe/include -D'START_FILES=$(frame_START:%=*/%.o)' $$< -o $$@
$(BUILD)/frame/$1.elf: $(BUILD)/frame/$1/head.S.o $(frame_OBJECTS) $(BUILD)/frame/$1.ld
	$$(TARGET_CC) $$(frame_FLAGS) -nostdlib -static -Wl,-T,$(BUILD)/frame/$1.ld \
		-Wl,--gc-sections,--fatal-warnings,--build-id=none -z noexecstack -z max-page-size=4096 \
		-o $$@ $(BUILD)/frame/$1/head.S.o $(frame_OBJECTS)
	$(if $(filter gcc-,$(TOOLCHAIN)-$(filter-out 0,$(DEBUG))),@tools/check/frame-size.sh $(CROSS)size $(TARGET_NM) $$@)
$(BUILD)/frame/$1.img: $(BUILD)/frame/$1.elf $(frame_PARITY)
	$$(call frame_image,$$<,$$@)
endef

$(foreach board,$(FRAME_BOARDS),$(eval $(call frame_board,$(board))))

# For the tests of updates, each board's frame once more, with another version, and with all else at other
# places inside its parts: its objects are linked in the reverse order.
frame_reverse = $(if $1,$(call frame_reverse,$(wordlist 2,999,$1)) $(firstword $1))
# $(call frame_other,BOARD)
define frame_other
$(BUILD)/frame/other/$1/head.S.o: $(frame_HEAD) mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) $$(frame_GROUND) -Iframe/board/$1 -UKUMIKI_VERSION -DKUMIKI_VERSION='"other"' -c -o $$@ $$<
$(BUILD)/frame/other/$1.elf: $(BUILD)/frame/other/$1/head.S.o $(frame_OBJECTS) $(BUILD)/frame/$1.ld
	$$(TARGET_CC) $$(frame_FLAGS) -nostdlib -static -Wl,-T,$(BUILD)/frame/$1.ld \
		-Wl,--gc-sections,--fatal-warnings,--build-id=none -z noexecstack -z max-page-size=4096 \
		-o $$@ $$(call frame_reverse,$(frame_OBJECTS)) $(BUILD)/frame/other/$1/head.S.o
$(BUILD)/frame/other/$1.img: $(BUILD)/frame/other/$1.elf $(frame_PARITY)
	$$(call frame_image,$$<,$$@)
frame-other: $(BUILD)/frame/other/$1.img
endef

$(foreach board,$(FRAME_BOARDS),$(eval $(call frame_other,$(board))))

frame: $(foreach board,$(FRAME_BOARDS),$(BUILD)/frame/$(board).img \
	$(BUILD)/host/share/kumiki/frame-$(board).img) ## the frame's images

.PHONY: frame frame-other

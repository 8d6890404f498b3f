# The frame: one image for each board, build/frame/<board>.img, and the same unstripped as .elf.

FRAME_BOARDS := qemu-virt qemu-virt-gicv2 xlnx-versal-virt xlnx-zcu102 raspi4b imx8mp-evk

# A frame is linked for its board's interrupt controller, UART and firmware. What differs is in frame/gic/CONTROLLER,
# frame/core/vgic/CONTROLLER, frame/uart/UART and frame/firmware/FIRMWARE.
frame_GICS := gicv3 gicv2
frame_UARTS := pl011 cadence imx ns16550
frame_FIRMWARES := psci spin
# $(call frame_kind,BOARD,CONTROLLER,UART,FIRMWARE)
frame_kind = $(eval frame_GIC_$1 := $2)$(eval frame_UART_$1 := $3)$(eval frame_FIRMWARE_$1 := $4)
$(call frame_kind,qemu-virt,gicv3,pl011,psci)
$(call frame_kind,qemu-virt-gicv2,gicv2,pl011,psci)
$(call frame_kind,xlnx-versal-virt,gicv3,pl011,psci)
$(call frame_kind,xlnx-zcu102,gicv2,cadence,psci)
$(call frame_kind,raspi4b,gicv2,pl011,spin)
$(call frame_kind,imx8mp-evk,gicv3,imx,psci)

# For boards that have no frame of their own, and whose cores start by PSCI: one for each interrupt controller and UART.
# `kumiki pack` fills in the board's name and where its UART is.
frame_ANY := $(foreach gic,$(frame_GICS),$(frame_UARTS:%=$(gic)-%))
$(foreach gic,$(frame_GICS),$(foreach uart,$(frame_UARTS),$(call frame_kind,$(gic)-$(uart),$(gic),$(uart),psci)))

# The rooms of frame/core, from the ground up. A room's files see the headers of their own room and of
# those below: a call upwards doesn't compile.
frame_ROOMS := pure state word vgic run dma devices life turn start
# $(call frame_ground,CONTROLLER)
frame_ground = -Iframe/include -Iframe/dev/include -Iframe/arch/aarch64/include -Iframe/gic/$1/include -Ilib/include -Iinclude
# $(call frame_below,ROOM,$(frame_ROOMS)): that room and all below it.
frame_below = $(if $(filter $1,$(firstword $2)),$1,$(firstword $2) $(call frame_below,$1,$(wordlist 2,99,$2)))
# $(call frame_includes,ROOM,CONTROLLER)
frame_includes = $(call frame_ground,$2) $(foreach room,$(call frame_below,$1,$(frame_ROOMS)),-Iframe/core/$(room)/include)
# Outside frame/core: which room's headers a folder sees, and all below.
frame_FLOOR_frame/arch/aarch64 := state
frame_FLOOR_frame/arch/aarch64/guest := word
frame_FLOOR_frame/dev := state
frame_FLOOR_frame/dev/start := state
$(foreach gic,$(frame_GICS),$(eval frame_FLOOR_frame/gic/$(gic) := state))
$(foreach gic,$(frame_GICS),$(eval frame_FLOOR_frame/gic/$(gic)/start := state))
$(foreach gic,$(frame_GICS),$(eval frame_FLOOR_frame/core/vgic/$(gic) := vgic))
$(foreach uart,$(frame_UARTS),$(eval frame_FLOOR_frame/uart/$(uart) := state))
$(foreach firmware,$(frame_FIRMWARES),$(eval frame_FLOOR_frame/firmware/$(firmware) := state))
frame_FLOOR_lib := pure
frame_floor = $(or $(frame_FLOOR_$(patsubst %/,%,$(dir $1))),$(notdir $(patsubst %/,%,$(dir $1))))
# All of it lies within 1 MiB: one instruction says where something is.
frame_FLAGS := $(TARGET_FLAGS) $(GENERAL_ONLY) -mcmodel=tiny -O2 -fomit-frame-pointer -fno-jump-tables
# What runs once: none of it is used between the start and the end, when it isn't mapped.
frame_START := $(wildcard frame/core/start/*.c frame/dev/start/*.c frame/gic/*/start/*.c frame/uart/*/*.c) \
	frame/core/pure/idreg.c $(filter-out lib/bundle_tables.c,$(wildcard lib/bundle*.c)) lib/parity.c lib/update.c lib/crc32c_arm.c lib/sha256.c
# $(call frame_flags,SOURCE,CONTROLLER)
frame_flags = $(frame_FLAGS) $(call frame_includes,$(call frame_floor,$1),$2) \
	$(if $(filter frame/core/vgic/%,$1),-Iframe/core/vgic -Iframe/core/vgic/$2) \
	$(if $(filter frame/uart/%,$1),-I$(dir $1)include)
frame_SOURCES := $(foreach room,$(frame_ROOMS),$(wildcard frame/core/$(room)/*.c)) \
	$(wildcard frame/arch/aarch64/*.[cS] frame/arch/aarch64/guest/*.c frame/dev/*.c frame/dev/start/*.c) \
	$(wildcard lib/bundle*.c) lib/index_arm.c lib/liferule.c lib/parity.c lib/update.c lib/crc32c_arm.c lib/sha256.c lib/string.c $(GUARD_SOURCES)
frame_SOURCES := $(filter-out frame/arch/aarch64/frame.ld.S,$(frame_SOURCES))

# The services' images that it has.
frame_SERVICES := $(frame_UARTS:%=console-%) loader warden broker updater
# One file knows what the board is; all others are compiled once for each interrupt controller.
frame_HEAD := frame/arch/aarch64/head.S
# $(call frame_objects,BOARD)
frame_objects = $(call objects,frame/$(frame_GIC_$1),$(filter-out $(frame_HEAD),$(frame_SOURCES)) \
	$(wildcard frame/gic/$(frame_GIC_$1)/*.c frame/gic/$(frame_GIC_$1)/start/*.c frame/core/vgic/$(frame_GIC_$1)/*.c \
		frame/uart/$(frame_UART_$1)/*.[cS] frame/firmware/$(frame_FIRMWARE_$1)/*.[cS]))
# $(call frame_head_flags,BOARD)
frame_head_flags = $(frame_FLAGS) $(call frame_ground,$(frame_GIC_$1)) -Iframe/board/$(if $(filter $1,$(frame_ANY)),any,$1) \
	-D'FRAME_ANY_NAME="any-$1"' \
	-Iframe/uart/$(frame_UART_$1)/include -Iframe/firmware/$(frame_FIRMWARE_$1)/include
# $(call frame_for,CONTROLLER)
define frame_for
$(BUILD)/frame/$1/%.c.o: %.c mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(call frame_flags,$$<,$1) -c -o $$@ $$<
$(BUILD)/frame/$1/%.S.o: %.S mk/frame.mk mk/tools.mk $(frame_SERVICES:%=$(BUILD)/service/%.bin)
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) $$(call frame_ground,$1) -Wa,-I$(BUILD)/service -c -o $$@ $$<
endef
$(foreach gic,$(frame_GICS),$(eval $(call frame_for,$(gic))))
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
	$$(TARGET_CC) $$(call frame_head_flags,$1) -c -o $$@ $$<
$(BUILD)/frame/$1.ld: frame/arch/aarch64/frame.ld.S frame/include/frame/layout.h mk/frame.mk $(frame_START)
	@mkdir -p $$(@D)
	$$(TARGET_CC) -E -P -x c -Iframe/include -D'START_FILES=$(frame_START:%=*/%.o)' $$< -o $$@
$(BUILD)/frame/$1.elf: $(BUILD)/frame/$1/head.S.o $(call frame_objects,$1) $(BUILD)/frame/$1.ld
	$$(TARGET_CC) $$(frame_FLAGS) -nostdlib -static -Wl,-T,$(BUILD)/frame/$1.ld \
		-Wl,--gc-sections,--fatal-warnings,--build-id=none -z noexecstack -z max-page-size=4096 \
		-o $$@ $(BUILD)/frame/$1/head.S.o $(call frame_objects,$1)
	$(if $(filter gcc-,$(TOOLCHAIN)-$(filter-out 0,$(DEBUG))),@tools/check/frame-size.sh $(CROSS)size $(TARGET_NM) $$@)
$(BUILD)/frame/$1.img: $(BUILD)/frame/$1.elf $(frame_PARITY)
	$$(call frame_image,$$<,$$@)
endef

$(foreach board,$(FRAME_BOARDS) $(frame_ANY),$(eval $(call frame_board,$(board))))

# For the tests of updates, each board's frame once more, with another version, and with all else at other
# places inside its parts: its objects are linked in the reverse order.
frame_reverse = $(if $1,$(call frame_reverse,$(wordlist 2,999,$1)) $(firstword $1))
# $(call frame_other,BOARD)
define frame_other
$(BUILD)/frame/other/$1/head.S.o: $(frame_HEAD) mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(call frame_head_flags,$1) -UKUMIKI_VERSION -DKUMIKI_VERSION='"other"' -c -o $$@ $$<
$(BUILD)/frame/other/$1.elf: $(BUILD)/frame/other/$1/head.S.o $(call frame_objects,$1) $(BUILD)/frame/$1.ld
	$$(TARGET_CC) $$(frame_FLAGS) -nostdlib -static -Wl,-T,$(BUILD)/frame/$1.ld \
		-Wl,--gc-sections,--fatal-warnings,--build-id=none -z noexecstack -z max-page-size=4096 \
		-o $$@ $$(call frame_reverse,$(call frame_objects,$1)) $(BUILD)/frame/other/$1/head.S.o
$(BUILD)/frame/other/$1.img: $(BUILD)/frame/other/$1.elf $(frame_PARITY)
	$$(call frame_image,$$<,$$@)
frame-other: $(BUILD)/frame/other/$1.img
endef

$(foreach board,$(FRAME_BOARDS),$(eval $(call frame_other,$(board))))

frame: $(foreach board,$(FRAME_BOARDS) $(frame_ANY),$(BUILD)/frame/$(board).img \
	$(BUILD)/host/share/kumiki/frame-$(board).img) ## the frame's images

.PHONY: frame frame-other

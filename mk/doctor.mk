# The doctor: an image for each interrupt controller and UART, build/doctor/<controller>-<uart>.img. It is linked with
# the frame's own drivers, as the frame has them.

doctor_KINDS := $(foreach gic,$(frame_GICS),$(frame_UARTS:%=$(gic)-%))
doctor_SOURCES := $(wildcard doctor/*.[cS])
doctor_SOURCES := $(filter-out doctor/head.S doctor/doctor.ld.S,$(doctor_SOURCES))
# $(call doctor_FRAME,CONTROLLER,UART): what it has of the frame.
doctor_FRAME = frame/arch/aarch64/tables.c frame/arch/aarch64/hardware.c frame/core/state/core.c frame/dev/gic.c \
	$(addprefix frame/dev/start/,gic_start.c gic_fit.c print.c smmuv3_start.c) frame/core/pure/stage2.c \
	$(wildcard frame/gic/$1/*.c frame/gic/$1/start/*.c) frame/uart/$2/$2.c frame/firmware/psci/firmware.c \
	lib/bundle_tables.c lib/crc32c_arm.c lib/string.c $(GUARD_SOURCES)
# $(call doctor_includes,CONTROLLER)
doctor_includes = -Idoctor/include -Idoctor/guest/$1/include $(call frame_includes,state,$1)

# $(call doctor_for,CONTROLLER)
define doctor_for
$(BUILD)/doctor/$1/%.c.o: %.c VERSION mk/doctor.mk mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) $$(call doctor_includes,$1) -c -o $$@ $$<
$(BUILD)/doctor/$1/%.S.o: %.S mk/doctor.mk mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) $$(call doctor_includes,$1) -c -o $$@ $$<
endef
$(foreach gic,$(frame_GICS),$(eval $(call doctor_for,$(gic))))

# $(call doctor_objects,CONTROLLER,UART)
doctor_objects = $(call objects,doctor/$1,$(doctor_SOURCES) doctor/guest/$1/guest.c) \
	$(call objects,frame/$1,$(call doctor_FRAME,$1,$2))
# $(call doctor_image,CONTROLLER,UART)
define doctor_image
$(BUILD)/doctor/$1-$2/head.S.o: doctor/head.S VERSION mk/doctor.mk mk/frame.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(frame_FLAGS) $(call doctor_includes,$1) -Iframe/uart/$2/include -c -o $$@ $$<
$(BUILD)/doctor/$1-$2.elf: $(BUILD)/doctor/$1-$2/head.S.o $(call doctor_objects,$1,$2) $(BUILD)/doctor/doctor.ld
	$$(TARGET_CC) $$(frame_FLAGS) -nostdlib -static -Wl,-T,$(BUILD)/doctor/doctor.ld \
		-Wl,--gc-sections,--fatal-warnings,--build-id=none -z noexecstack -z max-page-size=4096 \
		-o $$@ $$(filter %.o,$$^)
$(BUILD)/doctor/$1-$2.img: $(BUILD)/doctor/$1-$2.elf
	$(TARGET_OBJCOPY) -O binary --pad-to=0x$$$$($(TARGET_NM) $$< | awk '$$$$3 == "doctor_end" { print $$$$1 }') \
		-j .head -j .text -j .rodata $$< $$@
doctor: $(BUILD)/doctor/$1-$2.img $(BUILD)/host/share/kumiki/doctor-$1-$2.img
endef
$(foreach gic,$(frame_GICS),$(foreach uart,$(frame_UARTS),$(eval $(call doctor_image,$(gic),$(uart)))))
$(BUILD)/doctor/doctor.ld: doctor/doctor.ld.S doctor/include/doctor/places.h frame/include/frame/layout.h mk/doctor.mk
	@mkdir -p $(@D)
	$(TARGET_CC) -E -P -x c -Idoctor/include -Iframe/include $< -o $@
-include $(shell find $(BUILD)/doctor -name '*.d' 2>/dev/null)

doctor: ## the doctor's images: what is booted first on an unknown board

.PHONY: doctor

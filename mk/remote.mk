# Programs for a Cortex-R5F, and the minder that stands for it (docs/unlike-cores.md), which comes with
# the host command: build/host/share/kumiki/minder-BOARD.bin.

remote_BOARD := xlnx-versal-virt
remote_BASE := 0
remote_CROSS := arm-none-eabi-
remote_CPU := -mcpu=cortex-r5 -mfpu=vfpv3-d16 -mfloat-abi=softfp -marm
remote_PICOLIBC := /usr/lib/picolibc/arm-none-eabi
remote_FLAGS := $(COMMON_FLAGS) $(remote_CPU) -ffreestanding -fno-common -fno-builtin-printf -fno-pic -O2 \
	-ffunction-sections -fdata-sections -mno-unaligned-access -ftls-model=local-exec \
	$(addprefix -I,guests/remote/include guests/lib/include guests/talk/include include) \
	-isystem $(remote_PICOLIBC)/include
remote_LIBS = --defsym=vfprintf=__i_vfprintf \
	$(remote_PICOLIBC)/lib/$(shell $(remote_CROSS)gcc $(remote_CPU) -print-multi-directory)/libc.a \
	$(shell $(remote_CROSS)gcc $(remote_CPU) -print-libgcc-file-name)

$(BUILD)/remote/%.c.o: %.c mk/remote.mk
	@mkdir -p $(@D)
	$(remote_CROSS)gcc $(remote_FLAGS) -c -o $@ $<
$(BUILD)/remote/%.S.o: %.S mk/remote.mk
	@mkdir -p $(@D)
	$(remote_CROSS)gcc $(remote_FLAGS) -c -o $@ $<

# $(call remote_program,NAME,SOURCES): build/remote/NAME.bin
define remote_program
$(BUILD)/remote/$1.bin: $(call objects,remote,guests/remote/start.S guests/remote/runtime.c \
		guests/lib/tree.c $2) guests/remote/remote.lds
	$(remote_CROSS)ld -T guests/remote/remote.lds --gc-sections -z noexecstack --no-warn-rwx-segments \
		--defsym=BASE=$(remote_BASE) -Map=$$(@:.bin=.elf).map -o $$(@:.bin=.elf) $$(filter %.o,$$^) $$(remote_LIBS)
	$(remote_CROSS)objcopy -O binary $$(@:.bin=.elf) $$@
remote_PROGRAMS += $(BUILD)/remote/$1.bin
endef
remote_PROGRAMS :=
$(eval $(call remote_program,ends,tests/guest/remote/ends.c))
$(eval $(call remote_program,faults,tests/guest/remote/faults.c))
$(eval $(call remote_program,spoil,tests/guest/remote/spoil.c))
$(eval $(call remote_program,control,guests/remote/control.c))
$(eval $(call remote_program,talk,guests/remote/talk.c guests/talk/talk.c guests/lib/channel.c))

# The minder knows its board's addresses; only boards with such cores have one.
remote_MINDER := guests/minder/main.c
$(eval $(call guest_program_for,$(remote_BOARD),minder,$(remote_MINDER)))
$(BUILD)/host/share/kumiki/minder-%.bin: $(BUILD)/guests/%/minder.bin
	@mkdir -p $(@D)
	cp $< $@

remote: $(remote_PROGRAMS) $(BUILD)/host/share/kumiki/minder-$(remote_BOARD).bin ## programs for cores of another architecture
.PHONY: remote
-include $(shell find $(BUILD)/remote -name '*.d' 2>/dev/null)

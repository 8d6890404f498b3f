# What measures the RTOS from within (bench/rtos): build/rtos/bench-NAME.img, each bench/rtos/NAME.c
# with a main, and its manifest.

rtosbench_NAMES := irq long message pages wait
rtosbench_FLAGS := $(rtos_test_FLAGS) -Ibench/rtos/include
rtosbench_LIB := bench/rtos/stamp.S bench/rtos/stamp.c bench/rtos/load.c $(rtos_test_LIB)

$(BUILD)/rtos/bench/%.c.o: %.c mk/rtosbench.mk mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtosbench_FLAGS) -c -o $@ $<
$(BUILD)/rtos/bench/%.S.o: %.S mk/rtosbench.mk mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtosbench_FLAGS) -c -o $@ $<

define rtosbench_program
$(BUILD)/rtos/bench-$1.elf: $(call objects,rtos/bench,bench/rtos/$1.c $(rtosbench_LIB)) tests/rtos/program.lds
	$$(TARGET_LD) -static --gc-sections -z noexecstack -z max-page-size=4096 \
		-T tests/rtos/program.lds -o $$@ $(call objects,rtos/bench,bench/rtos/$1.c $(rtosbench_LIB))
endef
$(foreach name,$(rtosbench_NAMES),$(eval $(call rtosbench_program,$(name))))

$(rtosbench_NAMES:%=$(BUILD)/rtos/bench-%.img): $(BUILD)/rtos/bench-%.img: bench/rtos/manifests/%.dts $(BUILD)/rtos/bench-%.elf \
		$(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<

rtos-benches: $(rtosbench_NAMES:%=$(BUILD)/rtos/bench-%.img)

.PHONY: rtos-benches

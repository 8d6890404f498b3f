# The fault campaign (docs/rtos/recovery.md): its programs, in tests/rtos/campaign.

$(eval $(call rtos_integer_program,campaign-worker,tests/rtos/campaign/worker.c rtos/sys/keep.c))
$(eval $(call rtos_program,campaign-client,tests/rtos/campaign/client.c lib/crc32c_arm.c))
$(eval $(call rtos_program,campaign-saboteur,tests/rtos/campaign/saboteur.c))
$(BUILD)/rtos/campaign.img: tests/rtos/campaign/campaign.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
$(eval $(call rtos_program,campaign-filer,tests/rtos/campaign/filer.c rtos/sys/fs.c rtos/sys/buffer.c lib/crc32c_arm.c))
$(BUILD)/rtos/campaign-files.img: tests/rtos/campaign/campaign-files.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
$(eval $(call rtos_program,campaign-user,tests/rtos/campaign/user.c $(addprefix rtos/sys/,fs.c buffer.c clock.c console.c text.c) lib/crc32c_arm.c))
$(BUILD)/rtos/shipped.img: tests/rtos/campaign/shipped.dts systems/rtos/desk-disk.dts systems/rtos/desk.dts $(rtos_PROGRAMS) $(rtos_ARCHIVES) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos -I systems/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/campaign.img $(BUILD)/rtos/campaign-files.img $(BUILD)/rtos/shipped.img

# The supervisor ended by who manages it, under the same clients: tests/rtos/recover.
$(eval $(call rtos_program,recover-asker,tests/rtos/recover/asker.c))
$(eval $(call rtos_integer_program,recover-judge,tests/rtos/recover/judge.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
recover_IMAGES := $(BUILD)/rtos/recover.img $(BUILD)/rtos/recover4.img
$(recover_IMAGES): $(BUILD)/rtos/%.img: tests/rtos/recover/%.dts tests/rtos/recover/recover.dtsi $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(recover_IMAGES)

# What outlives the kernel, and who looks after it: tests/rtos/kept.
$(eval $(call rtos_program,kept-keeper,tests/rtos/kept/keeper.c $(addprefix rtos/sys/,fs.c buffer.c console.c text.c keep.c) lib/crc32c_arm.c))
kept_IMAGES := $(BUILD)/rtos/kept.img $(BUILD)/rtos/kept-one.img
$(kept_IMAGES): $(BUILD)/rtos/%.img: tests/rtos/kept/%.dts tests/rtos/kept/kept.dtsi $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(kept_IMAGES)

N ?= 2000
# Runs that are in build/campaign already aren't done again.
campaign: host rtos-tests frame guests bad-guests ## faults put into running servers of the RTOS, its kernel, the frame, services: make campaign N=100000 [TARGET=ramfs]
	tests/system/campaigns.py $(if $(TARGET),--target $(TARGET)) $(N)

.PHONY: campaign

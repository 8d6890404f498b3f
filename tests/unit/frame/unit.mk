# The frame's logic on the host, on the fake machine: here each part alone. What plays several parts
# together is in tests/unit/frame_plays.
unit_fakes := frame/arch/fake/complaint.c frame/arch/fake/machine.c
unit_fake_cpu := lib/index_plain.c frame/arch/fake/complaint.c frame/arch/fake/cpu.c frame/arch/fake/recover.c
unit_room_frame_INCLUDES = $(unit_INCLUDES_frame) frame/service/include $(BUILD)/unit/frame
unit_fake_SOURCES := $(unit_fakes)
unit_stage2_SOURCES := frame/core/pure/stage2.c $(unit_fakes)
unit_budget_SOURCES := frame/core/pure/budget.c
unit_deadline_SOURCES := $(unit_fake_cpu)
unit_decode_SOURCES := frame/core/pure/decode.c
$(BUILD)/unit/frame/decode_cases.h: tests/unit/frame/decode_cases.py
	@mkdir -p $(@D)
	$(PYTHON) $< >$@
$(BUILD)/unit/objects/sanitized/tests/unit/frame/test_decode.c.o $(BUILD)/check/tests/unit/frame/test_decode.c.ok: $(BUILD)/unit/frame/decode_cases.h
unit_pl011_SOURCES := frame/core/pure/pl011.c
unit_pl031_SOURCES := frame/core/pure/pl031.c
unit_slot_SOURCES := frame/core/pure/slot.c
unit_watchdog_SOURCES := frame/core/pure/watchdog.c
unit_progress_SOURCES := frame/core/run/progress.c $(unit_fake_cpu)
unit_stuck_SOURCES := frame/core/run/stuck.c $(unit_fake_cpu)
unit_hang_SOURCES := frame/core/run/hang.c lib/parity.c lib/crc32c_table.c $(unit_fake_cpu)
unit_feed_SOURCES := frame/core/run/feed.c frame/dev/watchdog.c frame/dev/start/watchdog_start.c frame/arch/fake/device.c $(unit_fake_cpu)
unit_psci_SOURCES := frame/core/pure/psci.c frame/core/pure/stage2.c $(unit_fakes)
unit_gic_fit_SOURCES := frame/dev/start/gic_fit.c
unit_idreg_SOURCES := frame/core/pure/idreg.c
unit_vgic_SOURCES := $(wildcard frame/core/vgic/*.c frame/core/vgic/gicv3/*.c) $(unit_fake_cpu) \
	frame/arch/fake/gic.c $(wildcard lib/bundle*.c) \
	lib/crc32c_table.c lib/sha256.c tests/unit/frame/vgic_machine.c
$(call unit_alike,vgic,vgic_random vgic_sync vgic_pulse vgic_message vgic_bells vgic_recover vgic_lost)
unit_start_boxes_SOURCES := frame/core/start/start_boxes.c $(unit_fakes)
unit_recover_check_SOURCES := $(unit_vgic_SOURCES) frame/core/start/recover_check.c frame/core/start/recover_lose.c
unit_recover_SOURCES := frame/core/start/recover.c frame/core/state/core.c frame/arch/fake/complaint.c frame/arch/fake/cpu.c
unit_recover_rest_SOURCES := frame/core/start/recover_rest.c frame/core/state/core.c frame/arch/fake/complaint.c frame/arch/fake/cpu.c
unit_service_text_SOURCES := frame/core/start/service_text.c frame/core/run/service_text.c lib/parity.c lib/crc32c_table.c
unit_guard_SOURCES := frame/core/devices/guard.c frame/core/pure/stage2.c $(unit_fakes) frame/arch/fake/cpu.c
unit_watch_SOURCES := frame/core/devices/watch.c $(unit_fake_cpu)
unit_emulated_SOURCES := frame/core/devices/emulated.c frame/core/pure/pl011.c frame/core/pure/pl031.c frame/core/pure/watchdog.c $(unit_fake_cpu)
unit_pci_SOURCES := frame/core/devices/pci.c frame/core/pure/pci_bar.c frame/core/devices/panel.c frame/core/dma/function_access.c \
	frame/arch/fake/device.c lib/bundle_tables.c lib/crc32c_table.c $(unit_fake_cpu)
unit_function_SOURCES := frame/core/devices/pci.c frame/core/pure/pci_bar.c frame/core/dma/function_access.c \
	frame/arch/fake/device.c lib/bundle_tables.c lib/crc32c_table.c $(unit_fake_cpu)
unit_sched_SOURCES := frame/core/run/sched.c frame/core/run/account.c frame/core/turn/idle.c frame/core/state/services.c frame/arch/fake/services.c \
	tests/unit/frame/queue.c $(unit_fake_cpu)
$(call unit_alike,sched,sched_random)
unit_mail_SOURCES := tests/unit/frame/mail_machine.c frame/core/word/mail.c frame/core/turn/mail_take.c frame/core/start/mail_begin.c frame/core/word/trace.c lib/bundle_tables.c lib/crc32c_table.c $(unit_fake_cpu)
$(call unit_alike,mail,mail_turns)
unit_order_SOURCES := frame/core/word/report.c $(unit_fake_cpu)
unit_smmu_SOURCES := frame/dev/smmuv3.c frame/dev/start/smmuv3_start.c frame/core/pure/stage2.c \
	frame/arch/fake/device.c frame/arch/fake/smmu.c $(unit_fakes) frame/arch/fake/cpu.c
unit_its_SOURCES := frame/gic/gicv3/start/its_start.c frame/arch/fake/device.c lib/bundle_tables.c lib/bundle_start.c lib/crc32c_table.c \
	$(unit_fake_cpu)

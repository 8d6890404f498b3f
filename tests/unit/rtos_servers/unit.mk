# What the tests of the RTOS's programs stand on: their logic, without a system call.
unit_room_rtos_servers_SOURCES := rtos/sys/keep.c rtos/servers/supervisor/policy.c lib/crc32c_table.c
unit_record_SOURCES := rtos/servers/supervisor/record.c rtos/sys/keep.c lib/crc32c_table.c
unit_patrol_SOURCES := rtos/servers/supervisor/patrol.c lib/rtosimage.c lib/rtosmanifest.c lib/crc32c_table.c tests/unit/lib/sample_rtosimage.c
unit_line_SOURCES := rtos/servers/shell/line.c lib/lineedit.c
unit_room_rtos_servers_INCLUDES := rtos/sys/include rtos lib/include include tests
unit_page_SOURCES := rtos/servers/supervisor/page.c lib/rtosimage.c lib/rtosmanifest.c lib/crc32c_table.c \
	tests/unit/lib/sample_rtosimage.c
unit_ramfs_large_SOURCES := $(addprefix rtos/servers/ramfs/,change.c check.c contents.c directory.c inode.c journal.c \
	open.c operate.c pages.c same.c) lib/crc32c_table.c lib/samepage_plain.c
unit_ramfs_cut_SOURCES := $(unit_ramfs_large_SOURCES) tests/unit/rtos_servers/dying_stores.c
$(call unit_alike,ramfs_cut,ramfs_compares)
unit_ramfs_SOURCES := $(unit_ramfs_cut_SOURCES) tests/unit/rtos_servers/ramfs_model.c
unit_ring_SOURCES := rtos/sys/ring.c lib/crc32c_table.c
unit_block_queue_SOURCES := rtos/servers/block/queue.c
unit_loader_request_SOURCES := rtos/servers/loader/request.c
unit_archive_SOURCES := rtos/servers/bootfs/archive.c rtos/servers/bootfs/answer.c
unit_crash_SOURCES := rtos/servers/supervisor/crash.c rtos/sys/crash.c rtos/sys/text.c
unit_setting_SOURCES := rtos/servers/clock/awaits.c rtos/servers/clock/setting.c
unit_calendar_SOURCES := rtos/servers/shell/calendar.c rtos/sys/text.c
unit_names_SOURCES := rtos/servers/names/rules.c rtos/servers/names/table.c
unit_block_device_SOURCES := rtos/servers/block/disk.c rtos/virtio/device.c
unit_block_pci_SOURCES := rtos/virtio/pci.c rtos/pci/function.c
unit_nvme_SOURCES := $(addprefix rtos/servers/nvme/,controller.c drive.c pair.c) tests/unit/rtos_servers/nvme_controller.c
unit_words_SOURCES := rtos/servers/supervisor/words.c rtos/sys/ring.c rtos/sys/text.c lib/crc32c_table.c
unit_net_sum_SOURCES := $(addprefix rtos/servers/net/,check.c settings.c sum.c) lib/copy_plain.c lib/inetsum.c lib/inetsum_plain.c
unit_nic_SOURCES := rtos/virtio/virtq.c rtos/servers/nic/handover.c
unit_diskfs_SOURCES := $(wildcard rtos/servers/diskfs/*.c) lib/crc32c_table.c \
	$(addprefix tests/unit/rtos_servers/,diskfs_disk.c diskfs_load.c)
unit_diskfs_SOURCES := $(filter-out %/main.c %/blocks.c,$(unit_diskfs_SOURCES))
$(call unit_alike,diskfs,diskfs_cut diskfs_faults diskfs_mapped)
unit_guilt_SOURCES := $(addprefix rtos/servers/supervisor/,guilt.c policy.c)
unit_replace_SOURCES := rtos/servers/supervisor/replace.c
unit_match_SOURCES := rtos/servers/supervisor/match.c
unit_hog_SOURCES := rtos/servers/supervisor/hog.c
unit_version_SOURCES := rtos/servers/supervisor/version.c lib/crc32c_table.c
unit_gateway_SOURCES := $(addprefix rtos/servers/gateway/,flows.c frame.c known.c rules.c)
unit_provider_SOURCES := $(addprefix rtos/servers/provider/,part.c serve.c) lib/crc32c_table.c
unit_provider_port_SOURCES := rtos/servers/provider/port.c rtos/virtio/virtq.c
unit_gateway_frame_SOURCES := rtos/servers/gateway/frame.c
unit_watcher_SOURCES := $(filter-out %/main.c %/words.c %_ask.c,$(wildcard rtos/servers/watcher/*.c)) \
	$(addprefix lib/,guestcache.c guestwalk.c samepage_plain.c crc32c_table.c rules.c rulescheck.c rulesviews.c) \
	$(addprefix tests/unit/rtos_servers/,watched_guest.c watcher_world.c)
$(call unit_alike,watcher,rulebook watcher_program watcher_finds watcher_bounded watcher_mends \
	watcher_processes watcher_kills watcher_disarms watcher_sites watcher_modules watcher_mappings watcher_shown \
	watcher_ladder watcher_approve)
unit_watcher_ages_SOURCES := $(unit_watcher_SOURCES) $(addprefix rtos/,servers/watcher/words.c sys/text.c)
unit_watcher_prevents_SOURCES := $(unit_watcher_SOURCES) $(addprefix tests/unit/rtos_servers/,guarded.c listed_module.c)
$(call unit_alike,watcher_prevents,watcher_pages watcher_lets)
# They count walks of the guest's page tables; one changes the guest between two of them.
$(addprefix $(BUILD)/unit/rtos_servers/,watcher_mends watcher_modules): unit_LINK += -Wl,--wrap=guestwalk_translate
unit_tftp_SOURCES := $(addprefix rtos/servers/tftp/,packet.c transfer.c)

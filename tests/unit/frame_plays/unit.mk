# Plays of the frame on the host: all of it but its start, on a fake machine of several cores, by hand
# and at random, against models of what is promised. Each part alone: tests/unit/frame.
unit_room_frame_plays_INCLUDES = $(unit_room_frame_INCLUDES)
# Each test links all: frame/core but its start, and what reads a trap's registers; the loader's part
# of debugging; and the players here.
unit_room_frame_plays_SOURCES := $(filter-out tests/unit/frame_plays/test_%,$(wildcard tests/unit/frame_plays/*.c)) \
	$(filter-out $(addprefix frame/core/turn/,access.c guard_fault.c inject.c sysreg.c trap.c) \
	frame/core/pure/decode.c frame/core/pure/idreg.c frame/core/word/report.c frame/core/run/service_text.c, \
	$(foreach room,$(filter-out start,$(frame_ROOMS)),$(wildcard frame/core/$(room)/*.c)) $(wildcard frame/core/vgic/gicv3/*.c)) \
	$(addprefix frame/core/start/,mail_begin.c recover_adopt.c seed.c start_core.c start_power.c) \
	frame/dev/smmuv3.c frame/dev/watchdog.c frame/dev/start/smmuv3_start.c frame/arch/fake/device.c \
	frame/arch/fake/smmu.c \
	$(addprefix frame/service/loader/,debug.c debug_memory.c walk.c machine_plain.c) lib/guestwalk.c \
	$(unit_fakes) lib/index_plain.c frame/arch/fake/cpu.c frame/arch/fake/recover.c frame/arch/fake/services.c frame/arch/fake/debug.c frame/arch/fake/gic.c lib/bundle_tables.c lib/bundle_start.c \
	lib/crc32c_table.c lib/sha256.c lib/liferule.c

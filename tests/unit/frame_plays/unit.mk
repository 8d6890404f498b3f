# Plays of the frame on the host: all of it but its start, on a fake machine of several cores, by hand
# and at random, against models of what is promised. Each part alone: tests/unit/frame.
unit_room_frame_plays_INCLUDES = $(unit_room_frame_INCLUDES)
# All of frame/core but its start, and what reads a trap's registers; and the loader's part of debugging.
unit_cores := $(wildcard tests/unit/frame_plays/cores*.c) \
	$(filter-out $(addprefix frame/core/turn/,access.c guard_fault.c inject.c sysreg.c trap.c) \
	frame/core/pure/decode.c frame/core/pure/idreg.c frame/core/word/report.c, \
	$(foreach room,$(filter-out start,$(frame_ROOMS)),$(wildcard frame/core/$(room)/*.c))) \
	$(addprefix frame/core/start/,mail_begin.c seed.c service_anew.c start_core.c start_power.c) \
	frame/dev/smmuv3.c frame/dev/start/smmuv3_start.c frame/arch/fake/device.c \
	frame/arch/fake/smmu.c \
	$(addprefix frame/service/loader/,debug.c debug_memory.c walk.c machine_plain.c) lib/guestwalk.c \
	$(unit_fakes) frame/arch/fake/cpu.c frame/arch/fake/recover.c frame/arch/fake/services.c frame/arch/fake/debug.c frame/arch/fake/gic.c lib/bundle_tables.c lib/bundle_start.c \
	lib/crc32c_table.c lib/sha256.c lib/liferule.c
unit_partition_SOURCES := $(unit_cores)
unit_call_SOURCES := $(unit_cores)
unit_crowd := $(unit_cores) tests/unit/frame_plays/crowd.c
unit_resident_SOURCES := $(unit_crowd) tests/unit/frame_plays/seeds.c
unit_storm_SOURCES := $(unit_crowd)
unit_promises_SOURCES := $(unit_cores) $(wildcard tests/unit/frame_plays/promises*.c) tests/unit/frame_plays/seeds.c
unit_promises_power_SOURCES := $(unit_promises_SOURCES)
unit_budget_use_SOURCES := $(unit_cores)
unit_budget_shares_SOURCES := $(unit_cores)
unit_broker_budget_SOURCES := $(unit_cores)
unit_private_SOURCES := $(unit_cores)
unit_hush_SOURCES := $(unit_cores)
unit_return_SOURCES := $(unit_cores)
unit_misses_SOURCES := $(unit_cores)
unit_due_SOURCES := $(unit_cores)
unit_move_SOURCES := $(unit_cores)
unit_move_shares_SOURCES := $(unit_cores)
unit_hold_SOURCES := $(unit_cores)
unit_sleep_SOURCES := $(unit_cores)
unit_ends_SOURCES := $(unit_cores) tests/unit/frame_plays/brokers.c
unit_ends_leave_SOURCES := $(unit_ends_SOURCES)
unit_lives := $(unit_cores) tests/unit/frame_plays/lives.c
unit_life_SOURCES := $(unit_lives)
unit_life_policy_SOURCES := $(unit_lives)
unit_life_dma_SOURCES := $(unit_lives)
unit_life_suspend_SOURCES := $(unit_lives)
unit_life_restart_SOURCES := $(unit_lives)
unit_life_mend_SOURCES := $(unit_lives)
unit_life_random_SOURCES := $(unit_cores) tests/unit/frame_plays/seeds.c
unit_debug_SOURCES := $(unit_lives) tests/unit/frame_plays/debugged.c
unit_debug_ends_SOURCES := $(unit_debug_SOURCES)

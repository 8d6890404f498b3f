# What the tests of lib/ stand on.
unit_room_lib_SOURCES := $(lib_HOST_SOURCES) \
	tests/unit/lib/sample_bundle.c tests/unit/lib/sample_rtosimage.c
unit_room_lib_INCLUDES := lib/include include tests .
# The memory functions are tested under names of their own: the test program needs the real ones.
unit_string_SOURCES := lib/crc32c_table.c
unit_power_SOURCES := $(addprefix lib/,power.c power_rule.c bundle_tables.c crc32c_table.c) \
	tests/unit/lib/power_play.c
$(call unit_alike,power,power_steps power_day)
# Ten days, a quarter of a millisecond a tick; `power` has the same sources under sanitizers, for 500 machines.
unit_PLAIN += power_day
unit_shift_SOURCES := lib/shift.c lib/bundle_tables.c lib/crc32c_table.c tests/unit/lib/shift_play.c
$(call unit_alike,shift,shift_random)
unit_bundle_SOURCES := $(unit_room_lib_SOURCES) tests/unit/lib/spoiled_bundle.c
unit_rules_SOURCES := $(unit_room_lib_SOURCES) tests/unit/lib/rule_world.c
$(call unit_alike,rules,rules_bounds rules_random)

# The keeper, over a back end that the tests play; back_link.c alone, against a hub that they play.
# back_panel.c is tested in tests/unit/linux, over the panel there.
unit_room_keeper_INCLUDES := $(host_INCLUDES) tests/unit
unit_room_keeper_SOURCES := $(filter-out %/main.c %/back_link.c %/back_panel.c %/mqtt_none.c,$(wildcard keeper/*.c)) lib/lifewords.c lib/sha256.c lib/utf8.c \
	tests/unit/keeper/fake_back.c tests/unit/keeper/keeper_play.c tests/unit/keeper/signed.c
unit_room_keeper_LIBS := $(keeper_HOST_LIBS)
unit_keeper_mqtt_none_SOURCES := keeper/mqtt_none.c
unit_keeper_early_SOURCES := $(wildcard keeper/early*.c)
unit_keeper_month_SOURCES := $(unit_keeper_early_SOURCES) tests/unit/keeper/month.c
# Months; keeper_early has the same sources under sanitizers.
unit_PLAIN += keeper_month
unit_keeper_link_SOURCES := keeper/back.c keeper/back_link.c tools/link/link.c tools/link/plain.c lib/crc32c_table.c lib/linkframe.c
$(patsubst tests/unit/keeper/test_%.c,$(BUILD)/unit/keeper/%,$(wildcard tests/unit/keeper/test_*.c)): $(keeper_FILES)

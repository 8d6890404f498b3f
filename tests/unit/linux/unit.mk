# The library and the tool for Linux, over a panel and a /sys of the tests' own.
unit_room_linux_INCLUDES := linux/lib/include linux/tool linux/agent linux/reserve keeper/include guests/lib/include lib/include include tests/unit/linux
unit_linux_fakes := tests/unit/linux/fake_panel.c tests/unit/linux/fake_tree.c
unit_room_linux_SOURCES := $(filter-out linux/lib/device.c linux/lib/counter.c,$(wildcard linux/lib/*.c)) \
	$(filter-out linux/tool/main.c linux/agent/main.c,$(wildcard linux/tool/*.c linux/agent/*.c)) guests/lib/tree.c \
	lib/json.c lib/utf8.c lib/lifecommand.c lib/lifejson.c lib/lifewords.c lib/powerwords.c lib/termfilter.c $(unit_linux_fakes)
$(addprefix $(BUILD)/unit/objects/sanitized/,linux/lib/version.c.o $(patsubst %,tests/unit/linux/test_%.c.o,kumikictl cores_agent)): VERSION
unit_room_linux_LIBS := -lfdt
unit_keeper_panel_SOURCES := $(unit_room_linux_SOURCES) keeper/back.c keeper/back_panel.c
unit_panel_device_SOURCES := linux/lib/device.c tests/unit/linux/fake_tree.c
unit_reserve_SOURCES := $(filter-out linux/reserve/main.c,$(wildcard linux/reserve/*.c)) linux/lib/version.c tests/unit/linux/fake_tree.c
unit_reserve_serve_SOURCES := linux/reserve/serve.c linux/reserve/group.c linux/reserve/read.c tests/unit/linux/fake_tree.c

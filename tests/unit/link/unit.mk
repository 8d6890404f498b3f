# The host command's end of the link, against the real console service in a thread.
unit_room_link_INCLUDES := tools tools/include frame/service/include frame/service/console/include frame/service/shell/include frame/service/warden/include lib/include include tests/unit
unit_room_link_SOURCES := $(wildcard tools/link/*.c tools/trace/*.c tools/console/*.c tools/gdb/*.c) \
	$(filter-out %/main.c,$(wildcard $(addprefix frame/service/,console/*.c shell/*.c warden/*.c))) \
	$(service_WORDS) \
	lib/bundle_tables.c lib/jsonbundle.c lib/crc32c_table.c lib/json.c lib/utf8.c lib/lifecommand.c lib/lifejson.c lib/liferule.c lib/lifewords.c \
	lib/linkframe.c lib/nearest.c lib/operatorline.c lib/operatorwords.c lib/power.c lib/power_rule.c lib/powerwords.c lib/shift.c lib/termfilter.c lib/lineedit.c lib/termline.c lib/termscreen.c lib/tracewords.c \
	lib/rtostrace.c tools/rtos/lines.c tools/base/files.c tools/base/arena.c tools/base/jsonfile.c \
	tests/unit/service/fake_frame.c tests/unit/service/terminal.c tests/unit/link/fake_machine.c
unit_room_link_LIBS := -pthread

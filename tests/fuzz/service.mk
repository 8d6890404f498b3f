# Fuzzers of what stands between a guest, a person's terminal and the host command.
fuzz_termfilter_INCLUDES := lib/include tests/unit
fuzz_termfilter_SOURCES := lib/termfilter.c lib/termline.c lib/termscreen.c tests/unit/service/terminal.c
fuzz_termfilter_INPUTS := 195000

fuzz_link_INCLUDES := frame/service/include frame/service/console/include frame/service/shell/include frame/service/warden/include lib/include include tests/unit
fuzz_link_SOURCES := $(filter-out %/main.c,$(wildcard $(addprefix frame/service/,console/*.c shell/*.c warden/*.c))) \
	$(service_WORDS) \
	lib/bundle_tables.c lib/jsonbundle.c lib/crc32c_table.c lib/json.c lib/utf8.c lib/lifecommand.c lib/lifejson.c lib/liferule.c lib/lifewords.c \
	lib/linkframe.c lib/nearest.c lib/operatorline.c lib/operatorwords.c lib/power.c lib/power_rule.c lib/powerwords.c lib/shift.c lib/termfilter.c lib/lineedit.c lib/termline.c lib/termscreen.c lib/tracewords.c \
	tests/unit/service/fake_frame.c tests/unit/service/terminal.c
fuzz_link_INPUTS := 10000

# What examines the memory that a guest left.
fuzz_examine_INCLUDES := frame/service/include lib/include include
fuzz_examine_SOURCES := $(addprefix frame/service/loader/,examine.c examine_remote.c walk.c) lib/guestwalk.c lib/kallsyms.c
fuzz_examine_INPUTS := 10000

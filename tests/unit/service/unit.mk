# The console and loader services on the host, over a fake frame and a fake UART.
unit_room_service_INCLUDES := frame/service/include frame/service/updater/include frame/service/console/include frame/service/shell/include frame/service/warden/include lib/include include tests/unit
unit_room_service_SOURCES := $(filter-out %/main.c,$(wildcard $(addprefix frame/service/,console/*.c shell/*.c warden/*.c))) \
	$(service_WORDS) \
	lib/bundle_tables.c lib/jsonbundle.c lib/crc32c_table.c lib/json.c lib/utf8.c lib/lifecommand.c lib/lifejson.c lib/liferule.c lib/lifewords.c \
	lib/linkframe.c lib/nearest.c lib/operatorline.c lib/operatorwords.c lib/power.c lib/power_rule.c lib/powerwords.c lib/shift.c lib/termfilter.c lib/lineedit.c lib/termline.c lib/termscreen.c lib/tracewords.c \
	tests/unit/service/fake_frame.c tests/unit/service/host.c tests/unit/service/operator.c tests/unit/service/terminal.c
unit_loader_SOURCES := frame/service/loader/loader.c frame/service/loader/seeds.c frame/service/loader/silence.c frame/service/loader/silence_function.c lib/sha256.c frame/service/loader/machine_plain.c \
	lib/crc32c_table.c

unit_loader_large_SOURCES := $(filter-out %/machine_plain.c,$(unit_loader_SOURCES))
unit_silence_SOURCES := frame/service/loader/silence.c frame/service/loader/silence_function.c

# What examines a partition, and the symbols of Debian's kernels to compare with.
unit_examine_SOURCES := $(addprefix frame/service/loader/,examine.c examine_remote.c walk.c) lib/guestwalk.c lib/kallsyms.c \
	tests/unit/service/symbols.c
unit_kallsyms_SOURCES := lib/kallsyms.c tests/unit/service/symbols.c
unit_walk_SOURCES := frame/service/loader/walk.c lib/guestwalk.c
$(BUILD)/unit/service/kallsyms: | $(BUILD)/unit/service/symbols-linux $(BUILD)/unit/service/symbols-linux-rt
$(BUILD)/unit/service/examine: | $(BUILD)/unit/service/symbols-linux
$(BUILD)/unit/service/symbols-%: $(DEBIAN)/%/Image tests/unit/service/symbols.py
	@mkdir -p $(@D)
	$(PYTHON) tests/unit/service/symbols.py $< $@
unit_debug_memory_SOURCES := $(addprefix frame/service/loader/,debug_memory.c walk.c machine_plain.c) lib/guestwalk.c \
	lib/crc32c_table.c
unit_mend_SOURCES := $(addprefix frame/service/loader/,mend.c walk.c machine_plain.c) lib/guestwalk.c lib/crc32c_table.c
# What is signed for the updater, and what it makes of it; the test says whether a signature is right.
unit_updater_SOURCES := frame/service/updater/updater.c frame/service/updater/package.c frame/service/lib/words.c lib/package.c lib/sha256.c lib/update_text.c lib/version.c
unit_ns16550_SOURCES := frame/service/uart/ns16550.c

# The console and loader services on the host, over a fake frame and a fake UART.
unit_room_service_INCLUDES := frame/service/include lib/include include tests/unit
unit_room_service_SOURCES := $(filter-out %/main.c %/pl011.c,$(wildcard frame/service/console/*.c)) \
	lib/bundle_tables.c lib/crc32c_table.c lib/linkframe.c lib/nearest.c lib/termfilter.c \
	lib/termline.c lib/termscreen.c lib/tracewords.c \
	tests/unit/service/fake_frame.c tests/unit/service/terminal.c
unit_loader_SOURCES := frame/service/loader/loader.c frame/service/loader/seeds.c frame/service/loader/silence.c lib/sha256.c frame/service/loader/machine_plain.c \
	lib/crc32c_table.c

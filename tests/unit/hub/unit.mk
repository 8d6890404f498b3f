# The hub, between a system and clients that the tests play.
unit_room_hub_INCLUDES := tools tools/include lib/include include
unit_room_hub_SOURCES := tests/unit/hub/hub_machine.c $(wildcard tools/hub/*.c) tools/link/plain.c lib/crc32c_table.c lib/linkframe.c lib/lineedit.c lib/operatorline.c lib/operatorwords.c

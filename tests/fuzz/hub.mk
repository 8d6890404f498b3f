# The hub of a link, between clients and a system that say anything.
fuzz_hub_INCLUDES := tools tools/include lib/include include
fuzz_hub_SOURCES := tools/link/plain.c $(addprefix tools/hub/,hub.c end.c client.c system.c rights.c) \
	lib/crc32c_table.c lib/linkframe.c lib/lineedit.c lib/operatorline.c lib/operatorwords.c
fuzz_hub_INPUTS := 30000

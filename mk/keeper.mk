# The keeper (docs/page.md): a program of its own, as the HTTP library is nothing for the `kumiki` command. It stands
# where an installation has it, and `kumiki page` finds it there.
keeper_PROGRAM := $(BUILD)/host/libexec/kumiki/kumiki-keeper
keeper_LIBS := -lmicrohttpd -ljansson -lgnutls -lcrypt
keeper_SOURCES := $(filter-out %/back_panel.c,$(sort $(wildcard keeper/*.c))) tools/link/link.c tools/link/plain.c \
	lib/crc32c_table.c lib/lifewords.c lib/linkframe.c lib/sha256.c lib/utf8.c
keeper_PAGE := $(wildcard keeper/page/*) tools/schema/kumiki.schema.json
keeper_FILES := $(host_BUILD)/host/objects/keeper/files.S.o

$(keeper_FILES): keeper/files.S $(keeper_PAGE)
	@mkdir -p $(@D)
	$(HOST_CC) -c -o $@ $<
$(keeper_PROGRAM): $(patsubst %,$(host_BUILD)/host/objects/%.o,$(keeper_SOURCES)) $(keeper_FILES)
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_FLAGS) -o $@ $^ $(keeper_LIBS)

host: $(keeper_PROGRAM)

# Prometheus, for a long test of what the page tells it. It isn't part of `make`: it is fetched once, when the test wants
# it. `make clean` leaves it.
build/prometheus/package:
	@tools/setup/prometheus.sh build/prometheus

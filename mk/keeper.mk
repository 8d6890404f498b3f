# The keeper (docs/page.md): a program of its own, as the HTTP library is nothing for the `kumiki` command. It stands
# where an installation has it, and `kumiki page` finds it there.
keeper_PROGRAM := $(BUILD)/host/libexec/kumiki/kumiki-keeper
keeper_LIBS := -lmicrohttpd -ljansson -lgnutls -lcrypt
# The keeper for a Linux of the machine's own (mk/kept.mk) has mqtt_none.c in place of mqtt.c.
keeper_HOST_LIBS := $(keeper_LIBS) -lmosquitto
keeper_SOURCES := $(filter-out %/back_panel.c %/mqtt_none.c,$(sort $(wildcard keeper/*.c))) tools/link/link.c tools/link/plain.c \
	lib/crc32c_table.c lib/lifewords.c lib/linkframe.c lib/sha256.c lib/utf8.c
keeper_PAGE := $(wildcard keeper/page/*) tools/schema/kumiki.schema.json
keeper_FILES := $(host_BUILD)/host/objects/keeper/files.S.o

$(keeper_FILES): keeper/files.S $(keeper_PAGE)
	@mkdir -p $(@D)
	$(HOST_CC) -c -o $@ $<
$(keeper_PROGRAM): $(patsubst %,$(host_BUILD)/host/objects/%.o,$(keeper_SOURCES)) $(keeper_FILES)
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_FLAGS) -o $@ $^ $(keeper_HOST_LIBS)

# `kumiki remote`, a client of a page on another host.
keeper_REMOTE := $(BUILD)/host/libexec/kumiki/kumiki-remote
keeper_REMOTE_SOURCES := $(wildcard keeper/remote/*.c) keeper/back.c keeper/users.c tools/base/tame.c lib/utf8.c
$(keeper_REMOTE): $(patsubst %,$(host_BUILD)/host/objects/%.o,$(keeper_REMOTE_SOURCES))
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_FLAGS) -o $@ $^ -lcurl -ljansson -lssl -lcrypto -lcrypt

host: $(keeper_PROGRAM) $(keeper_REMOTE)

# Debian's Prometheus and an MQTT broker, for tests of what the keeper tells them. They aren't part of `make`: each is
# fetched once, when a test wants it. `make clean` leaves them.
build/prometheus/package:
	@tools/setup/fetch.sh build/prometheus prometheus
build/mosquitto/package:
	@tools/setup/fetch.sh build/mosquitto mosquitto mosquitto-clients libcjson1 libdlt2 libwrap0

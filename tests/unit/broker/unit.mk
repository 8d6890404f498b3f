# Brokers on the host: each with its end's guest, which the tests play. The compiler calls kill.c at each
# step of a broker's code, so that a test can kill one there.
unit_room_broker_INCLUDES := frame/service/broker/include frame/service/include lib/include include tests
unit_room_broker_SOURCES := $(filter-out %/call.c,$(wildcard frame/service/broker/*.c)) lib/copy_plain.c lib/index_plain.c lib/inetsum.c lib/inetsum_plain.c lib/sha256.c \
	tests/unit/broker/lan.c tests/unit/broker/wire.c tests/unit/broker/store.c tests/unit/broker/spoil.c tests/unit/broker/kill.c
unit_room_broker_WAY := stepped
# It isn't called for its own steps.
$(BUILD)/unit/objects/stepped/tests/unit/broker/kill.c.o: unit_WAY_stepped = $(SANITIZE)

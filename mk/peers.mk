# Another hypervisor beside Kumiki and the bare machine, with the same probe (bench/peers/README.md). Xen isn't part of
# `make`: it is fetched when it is asked for, and once. `make clean` leaves it.

peers_XEN := build/peers-xen
peers_SOURCES := bench/guest/peer.c bench/guest/bench.c bench/guest/counter_vectors.S
$(eval $(call guest_program,bench-peer,$(peers_SOURCES)))

# The same sources for a domain of Xen: the first -I has its addresses, and its UART is SBSA's.
peers_OBJECTS := $(call objects,peers/xen,$(peers_SOURCES) bench/peers/xen/uart.c \
	$(filter-out guests/lib/uart.c,$(call guests_lib,qemu-virt)) guests/lib/tree.c)
$(BUILD)/peers/xen/%.o: % mk/peers.mk mk/guests.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) -Ibench/peers/xen $(call guests_FLAGS,qemu-virt) -c -o $@ $<
$(BUILD)/peers/xen/probe.elf: $(peers_OBJECTS) guests/lib/guest.lds
	$(guests_LINK) -o $@ $(peers_OBJECTS) $(guests_PRINTF)
$(BUILD)/peers/xen/probe.bin: $(BUILD)/peers/xen/probe.elf
	$(TARGET_OBJCOPY) -O binary $< $@
-include $(shell find $(BUILD)/peers -name '*.d' 2>/dev/null)

$(peers_XEN)/package: | $(SETUP)/packages
	@tools/setup/xen.sh $(peers_XEN)

peers-probes: $(BUILD)/guests/bench-peer.bin $(BUILD)/peers/xen/probe.bin

bench-peers-all: host frame peers-probes $(peers_XEN)/package
	@KUMIKI_BUILD=$(abspath $(BUILD)) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) bench/peers.py $(if $(TAKE),--take)

.PHONY: peers-probes bench-peers-all

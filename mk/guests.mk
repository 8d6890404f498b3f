# Guests: the initial RAM file system of the Linux guests, and the small systems in C.

# ---- Linux: one file system for demonstration, tests and benchmarks; both kernels' modules ----

guests_RAMFS := $(BUILD)/guests/initrd.cpio
guests_linux_TREE := $(BUILD)/guests/linux/tree

$(BUILD)/guests/linux/init: guests/linux/init.c
	@mkdir -p $(@D)
	$(TARGET_CC) $(TARGET_FLAGS) $(GENERAL_ONLY) -O2 -static -nostdlib -no-pie -o $@ $<

# The same bytes from the same inputs: sorted names, no times, no inode numbers. Not compressed:
# unpacking would cost the guest more than reading.
$(guests_RAMFS): $(BUILD)/guests/linux/init guests/linux/init.sh guests/linux/tests.sh \
		$(BUILD)/debian/packages tools/setup/initrd.sh
	@tools/setup/initrd.sh $(BUILD)/debian $(BUILD)/guests/linux/init $(guests_linux_TREE) $@

guests: $(guests_RAMFS) ## guest images: Linux's file system, small systems in C

.PHONY: guests

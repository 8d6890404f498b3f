# What runs inside a Linux: the library of the panel, the tools, the example. Cross-built, static: build/linux/kumikictl,
# kumiki-talk, kumiki-disk and kumiki-reserve run on any arm64 Linux; build/linux/libkumiki.a is for others' programs. And
# the initial RAM file system with them.

linux_CC := $(if $(filter clang,$(TOOLCHAIN)),clang --target=aarch64-linux-gnu,$(CROSS)gcc)
linux_INCLUDES := linux/lib/include guests/lib/include guests/talk/include lib/include include
linux_FLAGS := $(HOST_FLAGS) $(addprefix -I,$(linux_INCLUDES))
linux_LIB_SOURCES := $(wildcard linux/lib/*.c) guests/lib/channel.c guests/lib/tree.c
linux_kumikictl_SOURCES := $(wildcard linux/tool/*.c) lib/json.c lib/utf8.c lib/lifecommand.c lib/lifejson.c lib/lifewords.c lib/powerwords.c \
	lib/termfilter.c
linux_kumiki-talk_SOURCES := linux/example/talk.c guests/talk/talk.c
linux_kumiki-cores_SOURCES := $(wildcard linux/agent/*.c)
linux_kumiki-disk_SOURCES := $(wildcard linux/disk/*.c)
linux_kumiki-reserve_SOURCES := $(wildcard linux/reserve/*.c)
linux_PROGRAMS := $(addprefix $(BUILD)/linux/,kumikictl kumiki-talk kumiki-cores kumiki-disk kumiki-reserve)

$(BUILD)/linux/objects/%.c.o: %.c mk/linux.mk mk/tools.mk
	@mkdir -p $(@D)
	$(linux_CC) $(linux_FLAGS) -c -o $@ $<

$(BUILD)/linux/objects/linux/lib/version.c.o: VERSION
$(BUILD)/linux/libkumiki.a: $(call objects,linux/objects,$(linux_LIB_SOURCES))
	rm -f $@
	$(CROSS)ar rcsD $@ $^

# $(call linux_program,NAME)
define linux_program
$(BUILD)/linux/$1: $(call objects,linux/objects,$(linux_$1_SOURCES)) $(BUILD)/linux/libkumiki.a
	$(CROSS)gcc -static -s -Wl,-Map=$$@.map -o $$@ $$^
endef
$(foreach program,$(linux_PROGRAMS),$(eval $(call linux_program,$(notdir $(program)))))

# Linux unpacks one archive behind another: the file system of all tests, and then what is added.
linux_RAMFS := $(BUILD)/guests/initrd-panel.cpio
$(linux_RAMFS): $(guests_RAMFS) $(linux_PROGRAMS) tools/setup/initrd-more.sh
	@tools/setup/initrd-more.sh $(BUILD)/linux/tree $@ $(guests_RAMFS) $(linux_PROGRAMS)

# The same for a Linux with PCI functions.
linux_PCI_RAMFS := $(BUILD)/guests/initrd-panel-pci.cpio
$(linux_PCI_RAMFS): $(guests_PCI_RAMFS) $(linux_PROGRAMS) tools/setup/initrd-more.sh
	@tools/setup/initrd-more.sh $(BUILD)/linux/tree-pci $@ $(guests_PCI_RAMFS) $(linux_PROGRAMS)

linux: $(linux_PROGRAMS) $(linux_RAMFS) $(linux_PCI_RAMFS) ## kumikictl, libkumiki and an example, for Linux guests
-include $(shell find $(BUILD)/linux/objects -name '*.d' 2>/dev/null)

.PHONY: linux

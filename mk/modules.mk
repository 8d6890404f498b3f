# Kernel modules for Linux guests that abuse them: tests/modules/<name>. Built by Linux's
# own kbuild against the headers of Debian's standard kernel, in build/modules; and an initial RAM file
# system that has them, build/guests/initrd-modules.cpio.

modules_NAMES := $(notdir $(wildcard tests/modules/*))
modules_ALL := $(foreach name,$(modules_NAMES),$(BUILD)/modules/$(name)/$(name).ko)
modules_RAMFS := $(BUILD)/guests/initrd-modules.cpio

# kbuild writes beside its sources, so it gets copies. (Without BTF: that takes a vmlinux. What a debugger
# would read of them is most of their size, and has no place in a small Linux's RAM. And kbuild isn't called as $(MAKE),
# which make runs even where it is only to print its commands: what is stripped would be made anew, and left as it is.)
$(modules_ALL): $(BUILD)/modules/%.ko: mk/modules.mk $(DEBIAN)/packages
	@mkdir -p $(@D)
	cp $(filter %.c %.h %/Kbuild,$^) $(@D)/
	MAKEFLAGS= make --no-print-directory -s -C $(DEBIAN)/headers/build M=$(abspath $(@D)) ARCH=arm64 \
		CROSS_COMPILE=$(CROSS) CC=$(CROSS)gcc \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules
	$(CROSS)strip --strip-debug $@
$(foreach name,$(modules_NAMES),$(eval $(BUILD)/modules/$(name)/$(name).ko: \
	$(wildcard tests/modules/$(name)/*)))

$(modules_RAMFS): $(guests_PCI_RAMFS) $(modules_ALL) $(guests_linux_GIVEN) guests/linux/load.sh tools/setup/initrd-more.sh
	@tools/setup/initrd-more.sh $(BUILD)/modules/tree $@ $(guests_PCI_RAMFS) $(modules_ALL) $(guests_linux_GIVEN) guests/linux/load.sh

modules: $(modules_RAMFS)

.PHONY: modules

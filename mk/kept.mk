# The same keeper for a Linux of the machine itself: over the panel in place of a link, linked with Debian's arm64
# libraries.

kept_PROGRAM := $(BUILD)/linux/kumiki-keeper
kept_SOURCES := $(filter-out %/back_link.c %/mqtt.c,$(sort $(wildcard keeper/*.c))) $(linux_LIB_SOURCES) \
	lib/lifecommand.c lib/lifewords.c lib/sha256.c lib/utf8.c
kept_CC := $(CROSS)gcc --sysroot=$(abspath $(KEEPER_ARM64)/tree)
kept_FLAGS := $(HOST_FLAGS) $(addprefix -I,keeper/include $(linux_INCLUDES) linux/tool)
kept_OBJECTS := $(patsubst %,$(BUILD)/linux/keeper/%.o,$(kept_SOURCES) keeper/files.S)
# What writes the panel's documents has functions with the names of Jansson's. Nobody else sees them.
kept_WRITER := $(BUILD)/linux/keeper/documents.o

$(BUILD)/linux/keeper/%.c.o: %.c mk/kept.mk | $(KEEPER_ARM64)/packages
	@mkdir -p $(@D)
	$(kept_CC) $(kept_FLAGS) -c -o $@ $<
$(BUILD)/linux/keeper/keeper/files.S.o: keeper/files.S $(keeper_PAGE) | $(KEEPER_ARM64)/packages
	@mkdir -p $(@D)
	$(kept_CC) -c -o $@ $<
$(BUILD)/linux/keeper/linux/lib/version.c.o: VERSION
$(kept_WRITER): $(patsubst %,$(BUILD)/linux/keeper/%.o,linux/tool/documents.c lib/json.c lib/lifejson.c)
	$(CROSS)ld -r -o $@.part $^
	$(CROSS)objcopy --wildcard --keep-global-symbol='document_*' $@.part $@
$(kept_PROGRAM): $(kept_OBJECTS) $(kept_WRITER)
	$(kept_CC) -s -Wl,-Map=$@.map -o $@ $^ $(keeper_LIBS)
-include $(shell find $(BUILD)/linux/keeper -name '*.d' 2>/dev/null)

# What a Linux without a disk starts it from (systems/kept.dts).
kept_RAMFS := $(BUILD)/guests/initrd-keeper.cpio
$(kept_RAMFS): $(linux_PCI_RAMFS) $(kept_PROGRAM) guests/linux/keeper.sh tools/setup/initrd-more.sh
	@tools/setup/initrd-more.sh $(BUILD)/linux/tree-keeper $@ $< $(kept_PROGRAM) guests/linux/keeper.sh \
		$(KEEPER_ARM64)/run/lib/*

keeper: $(keeper_PROGRAM) $(kept_PROGRAM) $(kept_RAMFS) ## the keeper for the host, and for a Linux of the machine
.PHONY: keeper

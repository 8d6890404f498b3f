# The `kumiki` command, and what it needs beside it: build/host/bin/kumiki and build/host/share/ (board
# files, frame images, the schema of its JSON, manual page, completion) have the shape of an installation,
# and `make install` copies them. The same command under ASan and UBSan, for tests, stands in build/host-san/.

# What each room that links lib/ takes from it: one CRC-32C of two; string.c and the
# stack guard where no C library is.
lib_HOST_SOURCES := $(filter-out lib/copy_arm.c lib/crc32c_arm.c lib/index_arm.c lib/inetsum_arm.c lib/samepage_arm.c lib/guard.c lib/string.c,$(wildcard lib/*.c))
lib_INCLUDES := lib/include include

# The disk file system's own source makes and checks its images (tools/fs).
host_DISKFS := $(filter-out %/main.c %/blocks.c,$(wildcard rtos/servers/diskfs/*.c))
# The watcher's own source reads a manifest's ladder (tools/rtos). The file of a page's users is the keeper's; `kumiki user`
# writes it. `kumiki logs` checks the seals of the keeper's log.
host_SOURCES := $(sort $(wildcard tools/*/*.c)) $(host_DISKFS) rtos/servers/watcher/ladder.c keeper/back.c keeper/users.c keeper/seal.c \
	$(lib_HOST_SOURCES)
host_INCLUDES := tools tools/include keeper/include rtos $(lib_INCLUDES)
host_LIBS := -lfdt -lcrypto -lcrypt -lm
host_BOARDS := $(wildcard frame/board/*/*.dtsi)
host_SCHEMA := tools/schema/kumiki.schema.json

# DEBUG=1 changes nothing of what runs on the host: `make debug` takes the objects that are there.
host_BUILD ?= $(BUILD)

# $(call host_program,FOLDER,FLAGS): the command and its surroundings in build/FOLDER.
define host_program
$(BUILD)/$1/bin/kumiki: $$(patsubst %,$(host_BUILD)/$1/objects/%.o,$$(host_SOURCES))
	@mkdir -p $$(@D)
	$$(HOST_CC) $$(HOST_FLAGS) $2 -o $$@ $$^ $$(host_LIBS)
$(host_BUILD)/$1/objects/tools/command/main.c.o: VERSION
$(host_BUILD)/$1/objects/%.c.o: %.c
	@mkdir -p $$(@D)
	$$(HOST_CC) $$(HOST_FLAGS) $2 $$(addprefix -I,$$(host_INCLUDES)) -c -o $$@ $$<
$(foreach board,$(host_BOARDS) $(host_SCHEMA),
$(BUILD)/$1/share/kumiki/$(notdir $(board)): $(board)
	@mkdir -p $$(@D)
	cp $$< $$@
)
$(BUILD)/$1/share/kumiki/frame-%.img: $(BUILD)/frame/%.img
	@mkdir -p $$(@D)
	cp $$< $$@
$(BUILD)/$1/share/kumiki/doctor-%.img: $(BUILD)/doctor/%.img
	@mkdir -p $$(@D)
	cp $$< $$@
-include $$(shell find $(host_BUILD)/$1/objects -name '*.d' 2>/dev/null)
endef
$(eval $(call host_program,host,))
$(eval $(call host_program,host-san,$(SANITIZE)))

# Where man and bash look for them.
host_MANUAL := $(BUILD)/host/share/man/man1/kumiki.1
host_COMPLETION := $(BUILD)/host/share/bash-completion/completions/kumiki
# Made of what the command says of its subcommands itself.
$(host_MANUAL): tools/command/manual.sh tools/command/manual.1
$(host_COMPLETION): tools/command/completion.sh tools/command/completion.bash
$(host_MANUAL) $(host_COMPLETION): $(BUILD)/host/bin/kumiki
	@mkdir -p $(@D)
	$(filter %.sh,$^) $(BUILD)/host/bin/kumiki $(filter-out %.sh %/kumiki,$^) > $@

# A frame image is built by its own room; whoever needs it beside the command asks for it by name
# (share/kumiki/frame-BOARD.img).
host_BESIDE := $(addprefix $(BUILD)/host/share/kumiki/,$(notdir $(host_BOARDS) $(host_SCHEMA))) $(host_MANUAL) $(host_COMPLETION)
host: $(BUILD)/host/bin/kumiki $(host_BESIDE) ## the kumiki command
host-san: $(BUILD)/host-san/bin/kumiki $(addprefix $(BUILD)/host-san/share/kumiki/,$(notdir $(host_BOARDS)))

.PHONY: host host-san

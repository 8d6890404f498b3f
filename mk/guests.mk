# Guests: the initial RAM file system of the Linux guests, and the small systems in C.

# ---- Linux: one file system for demonstration, tests and benchmarks; both kernels' modules ----

guests_RAMFS := $(BUILD)/guests/initrd.cpio
guests_linux_TREE := $(BUILD)/guests/linux/tree

guests_USER_FLAGS = $(TARGET_FLAGS) $(GENERAL_ONLY) -O2 -Iguests/linux/include
guests_user_SOURCES := guests/linux/user.c $(GUARD_SOURCES)
guests_linux_PROGRAMS := $(addprefix $(BUILD)/guests/linux/,init blocks cyclic flow pace pieces requests work zero)
$(guests_linux_PROGRAMS): $(BUILD)/guests/linux/%: $(BUILD)/guests/user/guests/linux/%.c.o \
		$(call objects,guests/user,$(guests_user_SOURCES))
	@mkdir -p $(@D)
	$(TARGET_LD) -static --gc-sections -z noexecstack -o $@ $^
# In no file system: a test gives it to a Linux that runs.
guests_linux_ATTACK := $(BUILD)/guests/given/attack
$(guests_linux_ATTACK): $(call objects,guests/user,guests/linux/attack.c $(guests_user_SOURCES))
	@mkdir -p $(@D)
	$(TARGET_LD) -static --gc-sections -z noexecstack -o $@ $^
# In that of Linux guests with modules (mk/modules.mk).
guests_linux_GIVEN := $(addprefix $(BUILD)/guests/given/,second filters)
$(guests_linux_GIVEN): $(BUILD)/guests/given/%: $(BUILD)/guests/user/guests/linux/%.c.o $(call objects,guests/user,$(guests_user_SOURCES))
	@mkdir -p $(@D)
	$(TARGET_LD) -static --gc-sections -z noexecstack -o $@ $^
$(BUILD)/guests/user/%.c.o: %.c mk/guests.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(guests_USER_FLAGS) -c -o $@ $<

# The same bytes from the same inputs: sorted names, no times, no inode numbers. Not compressed:
# unpacking would cost the guest more than reading.
$(guests_RAMFS): $(guests_linux_PROGRAMS) guests/linux/init.sh guests/linux/tests.sh guests/linux/channel.sh guests/linux/console.sh guests/linux/disk.sh \
		$(DEBIAN)/packages tools/setup/initrd.sh
	@tools/setup/initrd.sh $(DEBIAN) $(BUILD)/guests/linux $(guests_linux_TREE) $@

# The same, and behind it the modules for PCI functions: Linux takes one archive after the other.
guests_PCI_RAMFS := $(BUILD)/guests/initrd-pci.cpio
$(guests_PCI_RAMFS): $(guests_RAMFS) tools/setup/initrd_pci.sh
	@tools/setup/initrd_pci.sh $(DEBIAN) $(guests_linux_TREE)-pci $< $@

# And behind that kexec-tools, for a Linux that goes to another kernel.
guests_KDUMP_RAMFS := $(BUILD)/guests/initrd-kdump.cpio
$(guests_KDUMP_RAMFS): $(guests_PCI_RAMFS) guests/linux/kdump.sh guests/linux/kexec.sh tools/setup/initrd-more.sh
	@tools/setup/initrd-more.sh $(guests_linux_TREE)-kdump $@ $< $(filter guests/%,$^) $(DEBIAN)/kexec/*/*

# And behind the first one Debian's cyclictest.
guests_CYCLICTEST_RAMFS := $(BUILD)/guests/initrd-cyclictest.cpio
$(guests_CYCLICTEST_RAMFS): $(guests_RAMFS) tools/setup/initrd-more.sh
	@tools/setup/initrd-more.sh $(guests_linux_TREE)-cyclictest $@ $< $(DEBIAN)/cyclictest/*/*

# And behind the first one a compiler and what it compiles.
guests_COMPILER_RAMFS := $(BUILD)/guests/initrd-compiler.cpio
$(guests_COMPILER_RAMFS): $(guests_RAMFS) $(DEBIAN)/packages tools/setup/initrd-more.sh
	@tools/setup/initrd-more.sh $(guests_linux_TREE)-compiler $@ $< $(DEBIAN)/compiler

# ---- small systems in C: guests/lib below, picolibc for printf ----

guests_PICOLIBC := /usr/lib/picolibc/aarch64-linux-gnu
guests_INCLUDES := guests/lib/include guests/talk/include guests/realtime/include bench/guest/include include tests/guest
guests_FLAGS = $(TARGET_FLAGS) -O2 -fpie -fvisibility=hidden -ffixed-x28 -DGUEST_CPUS_MAX=8 \
	-DGUEST_STACK_SIZE=4096 $(addprefix -I,guests/lib/board/$1 tests/guest/board/$1 $(guests_INCLUDES)) \
	-isystem $(guests_PICOLIBC)/include
guests_GIC_gicv3 := gic.c
guests_GIC_gicv2 := gicv2.c
# $(call guests_lib,BOARD)
guests_lib = $(addprefix guests/lib/,start.S vectors.S crash.S cpu.c crash.c exception.c $(guests_GIC_$(frame_GIC_$1)) uart.c) $(GUARD_SOURCES)
# An archive: a program gets of these what it uses.
guests_MORE := $(addprefix guests/lib/,channel.c cores.c periodic.c tree.c)
# The C library's printf without floating point.
guests_PRINTF := --defsym=vfprintf=__i_vfprintf $(guests_PICOLIBC)/lib/libc.a
guests_LINK = $(TARGET_LD) -pie --no-dynamic-linker -z notext -z noexecstack --no-warn-rwx-segments \
	-T guests/lib/guest.lds

# The addresses that a program knows are a board's (guests/lib/board): the first board's programs lie in
# build/guests, another one's in build/guests/BOARD.
guests_FOLDER = guests$(addprefix /,$(filter-out qemu-virt,$1))

# $(call guest_objects,BOARD)
define guest_objects
$(BUILD)/$(guests_FOLDER)/%.c.o: %.c mk/guests.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(call guests_FLAGS,$1) -c -o $$@ $$<
$(BUILD)/$(guests_FOLDER)/%.S.o: %.S mk/guests.mk mk/tools.mk
	@mkdir -p $$(@D)
	$$(TARGET_CC) $$(call guests_FLAGS,$1) -c -o $$@ $$<
$(BUILD)/$(guests_FOLDER)/libguest.a: $(call objects,$(guests_FOLDER),$(guests_MORE))
	@rm -f $$@
	$(CROSS)ar rcsD $$@ $$^
endef
$(foreach board,$(FRAME_BOARDS),$(eval $(call guest_objects,$(board))))

# $(call guest_program_for,BOARD,NAME,SOURCES)
define guest_program_for
$(BUILD)/$(guests_FOLDER)/$2.elf: $(call objects,$(guests_FOLDER),$3 $(call guests_lib,$1)) \
		$(BUILD)/$(guests_FOLDER)/libguest.a guests/lib/guest.lds
	@mkdir -p $$(@D)
	$$(guests_LINK) -Map=$$@.map -o $$@ $$(filter %.o %.a,$$^) $(guests_PRINTF)
	@# Relative relocations only: guests/lib/start.S knows no others.
	@! $(CROSS)readelf -rW $$@ | grep R_AARCH64 | grep -v R_AARCH64_RELATIVE
endef

# $(call guest_program,NAME,SOURCES): build/guests/NAME.bin, an arm64 Image for any address; and the
# same for each other board, which is built if somebody asks for it.
define guest_program
$(foreach board,$(FRAME_BOARDS),$(call guest_program_for,$(board),$1,$2)
)
guests_PROGRAMS += $(BUILD)/guests/$1.bin
endef
guests_PROGRAMS :=

$(BUILD)/guests/%.bin: $(BUILD)/guests/%.elf
	$(TARGET_OBJCOPY) -O binary $< $@

$(eval $(call guest_program,heartbeat,guests/heartbeat/main.c))
$(eval $(call guest_program,realtime,$(addprefix guests/realtime/,main.c latency.c line.c vectors.S)))
$(eval $(call guest_program,talk,guests/talk/main.c guests/talk/talk.c))
$(eval $(call guest_program,worker,guests/worker/main.c))
$(eval $(call guest_program,manager,guests/manager/main.c))

# ---- tests that judge themselves on the target: each tests/guest/NAME.c is one ----

guests_TESTS := $(patsubst tests/guest/%.c,%,$(wildcard tests/guest/*.c))
$(foreach name,$(guests_TESTS),$(eval $(call guest_program,test-$(name),tests/guest/$(name).c \
	guests/lib/test.c)))
guest-tests: $(guests_TESTS:%=$(BUILD)/guests/test-%.bin)
# Those of a GICv2.
guests_GICV2 := $(foreach board,$(FRAME_BOARDS),$(if $(filter gicv2,$(frame_GIC_$(board))),$(board)))
$(foreach board,$(guests_GICV2),$(eval $(call guest_program_for,$(board),test-gicv2-active,tests/guest/gicv2/active.c \
	guests/lib/test.c)))

# ---- what measures on the target: each bench/guest/NAME.c with a main is one ----

guests_BENCHES := bell boot cross hold irq mend move net restart switch trap wake
guests_BENCH_LIB := bench/guest/bench.c bench/guest/vectors.S
$(foreach name,$(guests_BENCHES),$(eval $(call guest_program,bench-$(name),bench/guest/$(name).c \
	$(guests_BENCH_LIB))))
$(eval $(call guest_program,bench-msi,bench/guest/msi.c tests/guest/dma/pending.c tests/guest/dma/nvme.c \
	$(guests_BENCH_LIB)))

# Linux with a stamp in front of it: 2 MiB, then the unmodified Image.
guests_LINUX_START := linux_start.S linux_announce.c
$(BUILD)/guests/bench-linux.bin: $(addprefix $(BUILD)/guests/bench/guest/,$(guests_LINUX_START:=.o)) \
		$(DEBIAN)/packages
	size=$$(od -An -td8 -j16 -N8 $(DEBIAN)/linux/Image) && $(guests_LINK) \
		--defsym=LINUX_START_IMAGE_SIZE=$$((0x200000 + size)) -o $(@:.bin=.elf) $(filter %.o,$^)
	$(TARGET_OBJCOPY) -O binary $(@:.bin=.elf) $@.part
	truncate -s 2M $@.part
	cat $(DEBIAN)/linux/Image >>$@.part
	mv $@.part $@

bench-guests: $(patsubst %,$(BUILD)/guests/bench-%.bin,$(guests_BENCHES) msi) $(BUILD)/guests/bench-linux.bin

guests: $(guests_RAMFS) $(guests_PCI_RAMFS) $(guests_KDUMP_RAMFS) $(guests_CYCLICTEST_RAMFS) $(guests_COMPILER_RAMFS) \
		$(guests_PROGRAMS) $(guests_linux_ATTACK) $(guests_linux_GIVEN) remote
guests: ## guest images: Linux's file system, small systems in C
	@echo "make: the guests are in $(BUILD)/guests"
-include $(shell find $(BUILD)/guests -name '*.d' 2>/dev/null)

.PHONY: guests guest-tests bench-guests

# On another board than the first: what its system tests start.
guests_OF_BOARD := heartbeat talk manager realtime bad-reader bad-still bad-again bad-wild bad-calls bad-vectors \
	bad-stuck bad-crash bad-restless bad-debugger bad-pending bad-suspend again-pristine again-hasty \
	hostile hostile-watch alone-registers alone-mover alone-polled alone-fiq alone-image alone-placed alone-seconds time-share time-late \
	time-flutter time-saver time-ledger time-calls \
	$(filter-out test-pmu test-rtc,$(guests_TESTS:%=test-%))
# Tests that have a GICv3's registers in them, and what the RTOS has, are not for a GICv2.
guests_OF_GICV2 := heartbeat talk manager realtime bad-reader bad-still bad-again bad-wild bad-calls bad-vectors bad-stuck \
	bad-crash bad-restless bad-debugger bad-pending bad-suspend alone-registers alone-polled time-share time-late \
	time-flutter time-saver time-ledger time-calls test-psci test-timer test-gicv2-active
# Of which one looks at the slots of virtio-mmio, which some boards lack.
guests_OF_raspi4b := $(filter-out bad-wild,$(guests_OF_GICV2))
guests_OF_xlnx-zcu102 := $(guests_OF_raspi4b)
guests_OF_qemu-virt-gicv2 := $(guests_OF_GICV2)
board-guests: rtos-board $(guests_OF_BOARD:%=$(BUILD)/guests/xlnx-versal-virt/%.bin) $(BUILD)/guests/imx8mp-evk/heartbeat.bin \
	$(foreach board,$(guests_GICV2),$(guests_OF_$(board):%=$(BUILD)/guests/$(board)/%.bin)) ## the same for the other boards
.PHONY: board-guests

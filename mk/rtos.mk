# The RTOS's kernel: build/rtos/kernel.img, to which `kumiki` appends the boot image, and the same
# unstripped as .elf.

rtos_kernel_INCLUDES := -Irtos/kernel/include -Irtos/kernel/arch/aarch64/include -Ilib/include -Iinclude
rtos_kernel_FLAGS := $(TARGET_FLAGS) $(GENERAL_ONLY) -mcmodel=tiny -O3 $(rtos_kernel_INCLUDES)
rtos_kernel_SOURCES := $(wildcard rtos/kernel/core/*.c rtos/kernel/arch/aarch64/*.c rtos/kernel/dev/*.c) \
	$(addprefix rtos/kernel/arch/aarch64/,head.S vectors.S fp.S) \
	lib/rtosimage.c lib/crc32c_arm.c lib/string.c $(GUARD_SOURCES)

$(BUILD)/rtos/kernel/%.c.o: %.c mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_kernel_FLAGS) -c -o $@ $<
$(BUILD)/rtos/kernel/%.S.o: %.S mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_kernel_FLAGS) -c -o $@ $<
$(BUILD)/rtos/kernel.ld: rtos/kernel/arch/aarch64/kernel.ld.S rtos/kernel/include/kernel/layout.h mk/rtos.mk
	@mkdir -p $(@D)
	$(TARGET_CC) -E -P -x c -Irtos/kernel/include $< -o $@
$(BUILD)/rtos/kernel.elf: $(call objects,rtos/kernel,$(rtos_kernel_SOURCES)) $(BUILD)/rtos/kernel.ld
	$(TARGET_LD) -T $(BUILD)/rtos/kernel.ld --gc-sections --fatal-warnings -z noexecstack \
		-z max-page-size=4096 -o $@ $(call objects,rtos/kernel,$(rtos_kernel_SOURCES))
$(BUILD)/rtos/kernel.img: $(BUILD)/rtos/kernel.elf
	$(TARGET_OBJCOPY) -O binary --set-section-flags .bss=alloc,load,contents $< $@

rtos: $(BUILD)/rtos/kernel.img ## the RTOS: kernel, programs, systems/rtos

-include $(shell find $(BUILD)/rtos -name '*.d' 2>/dev/null)

.PHONY: rtos

# ---- tests that judge themselves on the target: each tests/rtos/NAME.c with a main is one ----

rtos_TESTS := $(patsubst tests/rtos/%.dts,%,$(wildcard tests/rtos/*.dts))
rtos_test_FLAGS := $(TARGET_FLAGS) $(GENERAL_ONLY) -O2 -Itests/rtos/include -Ilib/include -Iinclude
rtos_test_LIB := tests/rtos/start.S tests/rtos/lib.c lib/copy_arm.c lib/string.c $(GUARD_SOURCES)

$(BUILD)/rtos/test/%.c.o: %.c mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_test_FLAGS) -c -o $@ $<
$(BUILD)/rtos/test/%.S.o: %.S mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_test_FLAGS) -c -o $@ $<

# $(call rtos_test_program,NAME,SOURCES)
define rtos_test_program
$(BUILD)/rtos/$1.elf: $(call objects,rtos/test,$2 $(rtos_test_LIB)) tests/rtos/program.lds
	$$(TARGET_LD) -static --gc-sections -z noexecstack -z max-page-size=4096 \
		-T tests/rtos/program.lds -o $$@ $(call objects,rtos/test,$2 $(rtos_test_LIB))
endef
$(foreach name,$(rtos_TESTS),$(eval $(call rtos_test_program,test-$(name),tests/rtos/$(name).c)))

rtos_PACK = $(BUILD)/host/bin/kumiki rtos pack -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos_PACKED := $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki

$(BUILD)/rtos/test-%.img: tests/rtos/%.dts $(BUILD)/rtos/test-%.elf $(rtos_PACKED)
	$(rtos_PACK)

rtos-tests: $(rtos_TESTS:%=$(BUILD)/rtos/test-%.img)

.PHONY: rtos-tests

# ---- programs: rtos/servers/NAME is build/rtos/NAME.elf ----

rtos_program_FLAGS = $(TARGET_FLAGS) $(GENERAL_ONLY) -O2 -Irtos/sys/include -Irtos -Ilib/include -Iinclude $(TARGET_HEADERS)
rtos_SYS := rtos/sys/start.S rtos/sys/begin.c rtos/sys/sys.c lib/string.c $(GUARD_SOURCES)
# Who has the machine and the image, and reads the manifest.
rtos_TRUSTED := rtos/sys/spawn.c rtos/sys/collect.c rtos/sys/crash.c rtos/sys/text.c rtos/sys/print.c lib/rtosimage.c lib/rtosmanifest.c lib/crc32c_arm.c

$(BUILD)/rtos/program/%.c.o: %.c mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_program_FLAGS) -c -o $@ $<
$(BUILD)/rtos/program/%.S.o: %.S mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_program_FLAGS) -c -o $@ $<

# $(call rtos_program,NAME,SOURCES)
define rtos_program
$(BUILD)/rtos/$1.elf: $(call objects,rtos/program,$2 $(rtos_SYS)) rtos/sys/program.ld
	$$(TARGET_LD) -static --gc-sections --fatal-warnings -z noexecstack -z max-page-size=4096 $$(rtos_$1_LINK) \
		-T rtos/sys/program.ld -o $$@ $(call objects,rtos/program,$2 $(rtos_SYS))
rtos_PROGRAMS += $(BUILD)/rtos/$1.elf
endef
rtos_PROGRAMS :=

$(eval $(call rtos_program,init,$(wildcard rtos/servers/init/*.c) $(rtos_TRUSTED)))
rtos_SUPERVISOR := $(wildcard rtos/servers/supervisor/*.c) rtos/sys/keep.c rtos/sys/ring.c $(rtos_TRUSTED)
$(eval $(call rtos_program,supervisor,$(rtos_SUPERVISOR)))
$(eval $(call rtos_program,console,$(wildcard rtos/servers/console/*.c) rtos/sys/probe.c rtos/sys/readers.c))
$(eval $(call rtos_program,ramfs,$(wildcard rtos/servers/ramfs/*.c) rtos/sys/buffer.c rtos/sys/console.c rtos/sys/probe.c rtos/sys/text.c lib/crc32c_arm.c lib/samepage_arm.c))
$(eval $(call rtos_program,bootfs,$(wildcard rtos/servers/bootfs/*.c) $(addprefix rtos/sys/,buffer.c console.c probe.c text.c)))
# What finds a virtio device, and a driver of virtio disks but for who serves the calls.
rtos_VIRTIO := $(wildcard rtos/virtio/*.c rtos/pci/*.c)
rtos_BLOCK := $(wildcard rtos/servers/block/*.c) $(rtos_VIRTIO) $(addprefix rtos/sys/,buffer.c console.c driver.c probe.c text.c)
$(eval $(call rtos_program,block,rtos/disk/main.c $(rtos_BLOCK)))
$(eval $(call rtos_program,nvme,rtos/disk/main.c $(wildcard rtos/servers/nvme/*.c rtos/pci/*.c) $(addprefix rtos/sys/,buffer.c console.c driver.c probe.c text.c)))
$(eval $(call rtos_program,nic,$(wildcard rtos/servers/nic/*.c) $(rtos_VIRTIO) $(addprefix rtos/sys/,buffer.c console.c driver.c probe.c text.c)))
$(foreach driver,wire random,$(eval $(call rtos_program,$(driver),$(wildcard rtos/servers/$(driver)/*.c) $(rtos_VIRTIO) \
	$(addprefix rtos/sys/,console.c driver.c probe.c readers.c text.c))))
$(eval $(call rtos_program,watchdog,rtos/servers/watchdog/main.c $(addprefix rtos/sys/,console.c driver.c text.c)))
$(eval $(call rtos_program,loader,$(wildcard rtos/servers/loader/*.c) lib/elf.c lib/crc32c_arm.c $(addprefix rtos/sys/,buffer.c fs.c probe.c)))
$(eval $(call rtos_program,diskfs,$(filter-out %/check.c,$(wildcard rtos/servers/diskfs/*.c)) $(addprefix rtos/sys/,block.c buffer.c console.c probe.c text.c) \
	lib/crc32c_arm.c))
$(eval $(call rtos_program,mirror,$(wildcard rtos/servers/mirror/*.c) $(addprefix rtos/sys/,block.c buffer.c console.c text.c) lib/crc32c_arm.c))
$(eval $(call rtos_program,log,$(wildcard rtos/servers/log/*.c) rtos/sys/probe.c rtos/sys/ring.c lib/crc32c_arm.c))
$(eval $(call rtos_program,clock,$(wildcard rtos/servers/clock/*.c) rtos/sys/keep.c rtos/sys/probe.c lib/crc32c_arm.c))
$(eval $(call rtos_program,names,$(wildcard rtos/servers/names/*.c) rtos/sys/probe.c))
$(eval $(call rtos_program,shell,$(wildcard rtos/servers/shell/*.c) lib/lineedit.c $(addprefix rtos/sys/,buffer.c clock.c console.c fs.c run.c socket.c text.c) \
	lib/crc32c_arm.c lib/rtostrace.c))

# What the watcher knows of the kernel that it watches.
$(eval $(call rtos_program,watcher,$(wildcard rtos/servers/watcher/*.c) $(addprefix lib/,crc32c_arm.c guestcache.c guestwalk.c samepage_arm.c rules.c rulescheck.c rulesviews.c) $(addprefix rtos/sys/,console.c probe.c text.c)))
$(BUILD)/rtos/linux.facts: $(BUILD)/host/bin/kumiki | $(DEBIAN)/packages
	@mkdir -p $(@D)
	$(BUILD)/host/bin/kumiki facts -o $@ $(DEBIAN)/linux/Image
# The rules that it looks by from the beginning.
rtos_RULES := $(wildcard systems/rules/*.rules)
$(BUILD)/rtos/linux.rules: $(BUILD)/host/bin/kumiki $(rtos_RULES) | $(DEBIAN)/packages
	@mkdir -p $(@D)
	$(BUILD)/host/bin/kumiki rules check -o $@ $(rtos_RULES) $(DEBIAN)/linux/Image
# The RTOS's own kernel with its types, which pahole makes of what -g leaves; what a watcher knows of it, and its rules.
$(BUILD)/rtos/kernel.types.elf: $(BUILD)/rtos/kernel.elf
	pahole --btf_encode_detached=$(@:.elf=.btf) $<
	$(TARGET_OBJCOPY) --add-section .BTF=$(@:.elf=.btf) $< $@
$(BUILD)/rtos/rtos.facts: $(BUILD)/rtos/kernel.types.elf $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki facts -o $@ $<
$(BUILD)/rtos/rtos.rules: $(BUILD)/rtos/kernel.types.elf $(BUILD)/host/bin/kumiki $(wildcard systems/rules/rtos/*.rules)
	$(BUILD)/host/bin/kumiki rules check -o $@ $(wildcard systems/rules/rtos/*.rules) $<
$(BUILD)/rtos/watch-rtos.img: $(BUILD)/rtos/rtos.facts $(BUILD)/rtos/rtos.rules
# Those for a partition that has a watcher.
$(BUILD)/rtos/watcher.rules: $(BUILD)/rtos/kernel.types.elf $(BUILD)/host/bin/kumiki $(wildcard systems/rules/rtos/*.rules systems/rules/rtos/own/*.rules)
	$(BUILD)/host/bin/kumiki rules check -o $@ $(wildcard systems/rules/rtos/*.rules systems/rules/rtos/own/*.rules) $<
$(BUILD)/rtos/watch-watcher.img: $(BUILD)/rtos/rtos.facts $(BUILD)/rtos/watcher.rules
# The modules that it may load under prevention: what a small Linux needs, and the tests' attackers.
rtos_ATTACKERS := $(foreach name,intruder dmaraid,$(BUILD)/modules/$(name)/$(name).ko)
rtos_MODULES := $(addprefix $(DEBIAN)/linux/modules/,$(addsuffix .ko,virtio_mmio virtio_blk virtio_console virtio_net net_failover failover virtio-rng)) \
	$(addprefix $(DEBIAN)/linux/modules-pci/,$(addsuffix .ko,virtio_pci virtio_pci_modern_dev virtio_pci_legacy_dev)) $(rtos_ATTACKERS)
$(BUILD)/rtos/linux.modules: mk/rtos.mk $(BUILD)/host/bin/kumiki $(rtos_ATTACKERS) | $(DEBIAN)/packages
	@mkdir -p $(@D)
	$(BUILD)/host/bin/kumiki modules -o $@ $(DEBIAN)/linux/Image $(rtos_MODULES)
$(BUILD)/rtos/prevent.img $(BUILD)/rtos/prevent-let.img: $(BUILD)/rtos/linux.modules
$(addprefix $(BUILD)/rtos/,watch.img ladder.img prevent.img prevent-let.img shown.img watch-first.img): $(BUILD)/rtos/linux.facts $(BUILD)/rtos/linux.rules

# ---- programs in C with picolibc: rtos/libc is what that stands on (docs/rtos/programs.md) ----

rtos_PICOLIBC := /usr/lib/picolibc/aarch64-linux-gnu
rtos_LIBGCC = $(shell $(CROSS)gcc -print-libgcc-file-name)
# What picolibc's headers show: POSIX, with what rtos/libc has of it.
rtos_c_FLAGS = $(filter-out -ffreestanding -fno-builtin-printf,$(TARGET_FLAGS)) -O2 -D_GNU_SOURCE -D_POSIX_THREADS \
	-D_POSIX_TIMERS -D_POSIX_MONOTONIC_CLOCK=200809L -D_POSIX_CLOCK_SELECTION -D_POSIX_CPUTIME -D_POSIX_THREAD_CPUTIME -D_POSIX_PRIORITY_SCHEDULING \
	-Irtos/libc/include -Irtos/sys/include -Irtos \
	-Ilib/include -Iinclude -isystem $(rtos_PICOLIBC)/include $(TARGET_HEADERS)
# Before picolibc, whose own of the same names aren't taken then. What a program doesn't use is left out by the linker.
rtos_libc_SOURCES := $(filter-out rtos/libc/integer.c,$(wildcard rtos/libc/*.c)) \
	$(addprefix rtos/sys/,start.S sys.c buffer.c clock.c console.c fs.c map.c map.S names.c run.c socket.c text.c) lib/crc32c_arm.c lib/string.c $(GUARD_SOURCES)
rtos_libc := $(call objects,rtos/integer,$(rtos_libc_SOURCES))

# Without FP registers: rtos/libc itself, and programs that didn't declare them.
$(BUILD)/rtos/integer/%.c.o: %.c mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_c_FLAGS) $(GENERAL_ONLY) -c -o $@ $<
$(BUILD)/rtos/integer/%.S.o: %.S mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_c_FLAGS) -c -o $@ $<
$(BUILD)/rtos/c/%.c.o: %.c mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_c_FLAGS) -c -o $@ $<

# The map tells of which archives the program has something (mk/release.mk).
rtos_c_LINK = $(TARGET_LD) -static --gc-sections --fatal-warnings -z noexecstack -z max-page-size=4096 -T rtos/sys/program.ld \
	-Map=$@.map
rtos_c_LIBS = $(rtos_libc) --start-group $(rtos_PICOLIBC)/lib/libc.a $(rtos_LIBGCC) --end-group

# $(call rtos_c_program,NAME,SOURCES): its threads have FP registers.
define rtos_c_program
$(BUILD)/rtos/$1.elf: $(call objects,rtos/c,$2) $(rtos_libc) rtos/sys/program.ld
	$$(rtos_c_LINK) -o $$@ $(call objects,rtos/c,$2) $$(rtos_c_LIBS)
rtos_PROGRAMS += $(BUILD)/rtos/$1.elf
endef

# $(call rtos_integer_program,NAME,SOURCES): they have none, and nothing in it may touch them.
define rtos_integer_program
$(BUILD)/rtos/$1.elf: $(call objects,rtos/integer,$2 rtos/libc/integer.c) $(rtos_libc) rtos/sys/program.ld \
		tools/check/integer.sh
	$$(rtos_c_LINK) --defsym=vfprintf=__i_vfprintf -o $$@ \
		$(call objects,rtos/integer,$2 rtos/libc/integer.c) $$(rtos_c_LIBS)
	@tools/check/integer.sh $(CROSS)objdump $$@ || { rm -f $$@; exit 1; }
rtos_PROGRAMS += $(BUILD)/rtos/$1.elf
endef

# Files of boot images, programs without what debuggers want in bin: build/rtos/NAME.tar. $(call rtos_archive,NAME,FILES)
define rtos_archive
$(BUILD)/rtos/$1.tar: $2 mk/rtos.mk
	@rm -rf $$@.folder && mkdir -p $$@.folder/bin
	$(if $(filter-out $(BUILD)/rtos/%,$2),cp $(filter-out $(BUILD)/rtos/%,$2) $$@.folder/)
	for program in $(filter $(BUILD)/rtos/%,$2); do \
		$(TARGET_OBJCOPY) -S $$$$program $$@.folder/bin/$$$$(basename $$$$program .elf) || exit 1; done
	tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=a+rX,go-w \
		-C $$@.folder -cf $$@ .
rtos_ARCHIVES += $(BUILD)/rtos/$1.tar
endef
rtos_ARCHIVES :=
$(eval $(call rtos_integer_program,echo,rtos/servers/echo/main.c rtos/sys/probe.c))
$(eval $(call rtos_integer_program,gateway,$(wildcard rtos/servers/gateway/*.c) rtos/sys/keep.c rtos/sys/probe.c $(addprefix lib/,gatelog.c sha256.c)))
$(eval $(call rtos_integer_program,provider,$(wildcard rtos/servers/provider/*.c) $(rtos_VIRTIO) rtos/sys/block.c rtos/sys/probe.c))
$(eval $(call rtos_integer_program,fetch,rtos/servers/fetch/main.c))
$(eval $(call rtos_integer_program,tftp,$(wildcard rtos/servers/tftp/*.c) rtos/sys/probe.c))
$(eval $(call rtos_archive,net,$(BUILD)/rtos/fetch.elf))
$(eval $(call rtos_archive,netboot,$(BUILD)/guests/heartbeat.bin $(BUILD)/guests/initrd.cpio))
$(eval $(call rtos_archive,desk,systems/rtos/welcome.txt $(BUILD)/rtos/banner.elf))

# The network's server, and lwIP of Debian's source package as it is but for lwipopts.h. Its memory is normal, so words may lie
# anywhere. Both lwIP and rtos/sys.h have a sys_now().
rtos_LWIP := $(addprefix src/core/,$(addsuffix .c,def dns inet_chksum init ip mem memp netif pbuf raw stats tcp tcp_in tcp_out timeouts udp \
	ipv4/dhcp ipv4/etharp ipv4/icmp ipv4/ip4 ipv4/ip4_addr ipv4/ip4_frag)) src/netif/ethernet.c
rtos_net_INCLUDES = -Irtos/servers/net -Irtos/servers/net/lwip -isystem $(DEBIAN)/sources/lwip/src/include -isystem $(rtos_PICOLIBC)/include
rtos_net_FLAGS = $(filter-out -mstrict-align,$(rtos_program_FLAGS)) $(rtos_net_INCLUDES)
$(BUILD)/rtos/net/%.c.o: %.c mk/rtos.mk mk/tools.mk | $(DEBIAN)/packages
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_net_FLAGS) -c -o $@ $<
$(BUILD)/rtos/net/lwip/%.c.o: $(DEBIAN)/sources/lwip/%.c mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(filter-out $(WARNINGS),$(rtos_net_FLAGS)) -w -Dsys_now=port_now -c -o $@ $<
rtos_net_OBJECTS := $(call objects,rtos/net,$(wildcard rtos/servers/net/*.c) lib/copy_arm.c lib/inetsum.c lib/inetsum_arm.c $(addprefix lwip/,$(rtos_LWIP)))
$(BUILD)/rtos/net.elf: $(rtos_net_OBJECTS) $(call objects,rtos/program,$(addprefix rtos/sys/,buffer.c console.c keep.c probe.c text.c) lib/crc32c_arm.c $(rtos_SYS)) \
		rtos/sys/program.ld
	$(TARGET_LD) -static --gc-sections --fatal-warnings -z noexecstack -z max-page-size=4096 -T rtos/sys/program.ld -o $@ $(filter %.o,$^)
rtos_PROGRAMS += $(BUILD)/rtos/net.elf

# Systems of them: systems/rtos/NAME.dts is build/rtos/NAME.img. Any of them may include another one.
rtos_MANIFESTS := $(wildcard systems/rtos/*.dts)
rtos_SYSTEMS := $(patsubst systems/rtos/%.dts,$(BUILD)/rtos/%.img,$(rtos_MANIFESTS))
$(rtos_SYSTEMS): $(BUILD)/rtos/%.img: systems/rtos/%.dts $(rtos_MANIFESTS) $(rtos_PROGRAMS) $(rtos_ARCHIVES) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos: $(rtos_SYSTEMS)

# The gateway's key, and a disk with its rules: both are made once.
$(BUILD)/rtos/gateway.key:
	@mkdir -p $(@D)
	head -c 32 /dev/urandom >$@
$(BUILD)/rtos/gateway.img: $(BUILD)/rtos/gateway.key
$(BUILD)/rtos/gateway-disk.img: | $(BUILD)/host/bin/kumiki
	@mkdir -p $(BUILD)/rtos/gateway-disk
	cp systems/rtos/gateway.rules $(BUILD)/rtos/gateway-disk/
	$(BUILD)/host/bin/kumiki fs make --size 64M $@ $(BUILD)/rtos/gateway-disk
rtos: $(BUILD)/rtos/gateway-disk.img

# Programs that test the others, in tests/rtos/servers.
rtos_program_FLAGS += -Itests/rtos
$(eval $(call rtos_program,victim,tests/rtos/servers/victim.c rtos/sys/keep.c lib/crc32c_arm.c))
$(eval $(call rtos_program,judge,tests/rtos/servers/judge.c rtos/sys/console.c rtos/sys/text.c))
$(eval $(call rtos_program,liar,tests/rtos/servers/liar.c))
$(BUILD)/rtos/servers.img $(BUILD)/rtos/liar.img: $(BUILD)/rtos/%.img: tests/rtos/servers/%.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
$(eval $(call rtos_program,files-judge,tests/rtos/files/judge.c rtos/sys/buffer.c rtos/sys/fs.c rtos/sys/console.c rtos/sys/text.c lib/crc32c_arm.c))
$(eval $(call rtos_program,files-killer,tests/rtos/files/killer.c))
$(BUILD)/rtos/files.img $(BUILD)/rtos/files-plain.img: $(BUILD)/rtos/%.img: tests/rtos/files/%.dts tests/rtos/files/files.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
$(eval $(call rtos_program,crasher,tests/rtos/crash/crasher.c))
rtos_crash-supervisor_LINK := --wrap=child_use
$(eval $(call rtos_program,crash-supervisor,$(rtos_SUPERVISOR) tests/rtos/crash/falls.c))
$(eval $(call rtos_program,torn-taker,tests/rtos/crash/taker.c))
$(eval $(call rtos_program,torn-giver,tests/rtos/crash/giver.c tests/rtos/templates/programs.c rtos/sys/console.c rtos/sys/text.c))
rtos_CRASHES := $(patsubst tests/rtos/crash/%.dts,$(BUILD)/rtos/%.img,$(wildcard tests/rtos/crash/*.dts))
$(rtos_CRASHES): $(BUILD)/rtos/%.img: tests/rtos/crash/%.dts tests/rtos/crash/crash.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img \
		$(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/servers.img $(BUILD)/rtos/liar.img $(BUILD)/rtos/files.img $(BUILD)/rtos/files-plain.img $(rtos_CRASHES) $(rtos_SYSTEMS)

# Programs from Debian's source packages, as they are but for what their own makefiles say: build/debian/sources. The project's
# warnings aren't theirs; some call what they don't declare, as C once had it. The same sources for the host are what tests
# compare them with: build/rtos/host/NAME.
rtos_DEBIAN := $(DEBIAN)/sources
rtos_debian_FLAGS = $(filter-out $(WARNINGS),$(rtos_c_FLAGS)) -std=gnu11 -w -Wno-implicit-function-declaration
$(BUILD)/rtos/debian/%.c.o: $(rtos_DEBIAN)/%.c mk/rtos.mk mk/tools.mk
	@mkdir -p $(@D)
	$(TARGET_CC) $(rtos_debian_FLAGS) $(rtos_debian_$(firstword $(subst /, ,$*))_FLAGS) -c -o $@ $<
# Fetched with the packages.
$(rtos_DEBIAN)/%.c: | $(DEBIAN)/packages ;

# $(call rtos_debian_program,NAME,PACKAGE,FILES,LIBRARIES OF THE HOST)
define rtos_debian_program
$(BUILD)/rtos/$1.elf: $(call objects,rtos/debian,$(addprefix $2/,$3)) $(rtos_libc) rtos/sys/program.ld
	$$(rtos_c_LINK) -o $$@ $(call objects,rtos/debian,$(addprefix $2/,$3)) $$(rtos_c_LIBS) $(rtos_PICOLIBC)/lib/libm.a
$(host_BUILD)/rtos/host/$1: $(addprefix $(rtos_DEBIAN)/$2/,$3)
	@mkdir -p $$(@D)
	$$(HOST_CC) -w -Wno-implicit-function-declaration $$(rtos_debian_$2_FLAGS) -o $$@ $(addprefix $(rtos_DEBIAN)/$2/,$3) $4
rtos_PROGRAMS += $(BUILD)/rtos/$1.elf
rtos_DEBIAN_PROGRAMS += $(BUILD)/rtos/$1.elf
rtos_HOST_PROGRAMS += $(host_BUILD)/rtos/host/$1
endef
rtos_DEBIAN_PROGRAMS :=
rtos_HOST_PROGRAMS :=

rtos_LUA := $(addprefix src/,$(addsuffix .c,lapi lauxlib lbaselib lcode ldblib ldebug ldo ldump lfunc lgc linit liolib llex \
	lmathlib lmem loadlib lobject lopcodes loslib lparser lstate lstring lstrlib ltable ltablib ltm lua lundump lvm lzio))
rtos_debian_xxhash_FLAGS := -DXXH_NO_XXH3_DISPATCH
$(eval $(call rtos_debian_program,banner,sysvbanner,sysvbanner.c))
$(eval $(call rtos_debian_program,lua,lua5.1,$(rtos_LUA),-lm))
$(eval $(call rtos_debian_program,xxhsum,xxhash,xxhash.c $(addprefix cli/,$(addsuffix .c,xxhsum xsum_bench xsum_os_specific xsum_output \
	xsum_sanity_check))))
rtos_ZLIB := $(addsuffix .c,adler32 compress crc32 deflate gzclose gzlib gzread gzwrite infback inffast inflate inftrees trees uncompr zutil)
rtos_debian_zlib_FLAGS := -I$(rtos_DEBIAN)/zlib
$(eval $(call rtos_debian_program,bzip2,bzip2,$(addsuffix .c,bzip2 blocksort bzlib compress crctable decompress huffman randtable)))
$(eval $(call rtos_debian_program,minigzip,zlib,test/minigzip.c $(rtos_ZLIB)))
rtos_debian_figlet_FLAGS := -DDEFAULTFONTDIR=\"/boot\" -DDEFAULTFONTFILE=\"standard\"
$(eval $(call rtos_debian_program,figlet,figlet,$(addsuffix .c,figlet crc inflate utf8 zipio)))

# Templates to start a new server or driver from, and what tests them as they stand, in tests/rtos/templates.
$(eval $(call rtos_program,template-server,$(wildcard rtos/templates/server/*.c) $(addprefix rtos/sys/,journal.c keep.c) lib/crc32c_arm.c))
$(eval $(call rtos_program,template-driver,$(wildcard rtos/templates/driver/*.c)))
$(eval $(call rtos_program,restarter,tests/rtos/templates/restarter.c tests/rtos/templates/programs.c))
$(eval $(call rtos_integer_program,template-client,tests/rtos/templates/client.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(BUILD)/rtos/templates.img: tests/rtos/templates/templates.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/templates.img

# A disk's driver, its judge, and who restarts it, in tests/rtos/block.
$(eval $(call rtos_integer_program,block-judge,tests/rtos/block/judge.c rtos/sys/block.c tests/rtos/templates/busy.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_integer_program,block-trouble,tests/rtos/block/trouble.c rtos/sys/block.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_program,block-first,tests/rtos/block/first.c tests/rtos/templates/busy.c $(addprefix rtos/sys/,block.c buffer.c console.c text.c)))
$(eval $(call rtos_program,block-breaker,tests/rtos/block/breaker.c tests/rtos/templates/programs.c))
rtos_BLOCK_TESTS := $(patsubst tests/rtos/block/%.dts,$(BUILD)/rtos/%.img,$(wildcard tests/rtos/block/*.dts))
$(rtos_BLOCK_TESTS): $(BUILD)/rtos/%.img: tests/rtos/block/%.dts tests/rtos/block/block.dtsi $(filter-out $(rtos_DEBIAN_PROGRAMS),$(rtos_PROGRAMS)) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(rtos_BLOCK_TESTS)

# The network, and who obeys the host by it, in tests/rtos/net.
$(eval $(call rtos_integer_program,net-peer,tests/rtos/net/peer.c))
rtos_NET_TESTS := $(patsubst tests/rtos/net/%.dts,$(BUILD)/rtos/%.img,$(wildcard tests/rtos/net/*.dts))
$(rtos_NET_TESTS): $(BUILD)/rtos/%.img: tests/rtos/net/%.dts tests/rtos/net/net.dtsi $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(rtos_NET_TESTS)
# Files on a disk, their judge, and who restarts server and driver, in tests/rtos/diskfiles.
$(eval $(call rtos_integer_program,diskfiles-judge,tests/rtos/diskfiles/judge.c rtos/sys/block.c tests/rtos/templates/busy.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_program,diskfiles-breaker,tests/rtos/diskfiles/breaker.c tests/rtos/templates/programs.c))
$(eval $(call rtos_integer_program,diskfiles-mapped,tests/rtos/diskfiles/mapped.c tests/rtos/templates/busy.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_integer_program,diskfiles-moves,tests/rtos/diskfiles/moves.c rtos/sys/block.c tests/rtos/templates/busy.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_integer_program,diskfiles-cutter,tests/rtos/diskfiles/cutter.c tests/rtos/libc/expect.c))
rtos_DISKFILES := $(patsubst tests/rtos/diskfiles/%.dts,$(BUILD)/rtos/%.img,$(wildcard tests/rtos/diskfiles/*.dts))
$(rtos_DISKFILES): $(BUILD)/rtos/%.img: tests/rtos/diskfiles/%.dts tests/rtos/diskfiles/diskfiles.dtsi $(filter-out $(rtos_DEBIAN_PROGRAMS),$(rtos_PROGRAMS)) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(rtos_DISKFILES)

# Drivers with a fault put in, and who has them fall, in tests/rtos/drivers.
$(eval $(call rtos_program,drivers-console,tests/rtos/drivers/console.c rtos/sys/probe.c rtos/sys/readers.c))
$(eval $(call rtos_program,drivers-block,tests/rtos/drivers/block.c $(rtos_BLOCK)))
$(eval $(call rtos_program,drivers-judge,tests/rtos/drivers/judge.c $(addprefix tests/rtos/templates/,busy.c programs.c) $(addprefix rtos/sys/,block.c buffer.c console.c text.c)))
$(BUILD)/rtos/drivers.img: tests/rtos/drivers/drivers.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/drivers.img

# A console and random bytes by channels, in tests/rtos/wire.
$(eval $(call rtos_integer_program,draw,tests/rtos/wire/draw.c))
$(eval $(call rtos_archive,wire,$(BUILD)/rtos/draw.elf))
$(BUILD)/rtos/wire.img: tests/rtos/wire/wire.dts $(rtos_PROGRAMS) $(BUILD)/rtos/wire.tar $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(rtos_PACK)
rtos-tests: $(BUILD)/rtos/wire.img

# What is traced, in tests/rtos/traced.
$(BUILD)/rtos/traced.img: tests/rtos/traced/traced.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/traced.img

# Programs from files, in tests/rtos/loading.
$(eval $(call rtos_program,job,tests/rtos/loading/job.c))
$(eval $(call rtos_program,loading-rusher,tests/rtos/loading/rusher.c tests/rtos/templates/programs.c rtos/sys/run.c))
$(eval $(call rtos_program,loading-restarter,tests/rtos/loading/restarter.c tests/rtos/templates/programs.c))
$(eval $(call rtos_integer_program,loading-judge,tests/rtos/loading/judge.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_archive,loading,$(BUILD)/rtos/job.elf tests/manifests/files/pie.elf tests/manifests/files/text tests/manifests/files/empty))
$(BUILD)/rtos/loading.img: tests/rtos/loading/loading.dts $(rtos_PROGRAMS) $(BUILD)/rtos/loading.tar $(BUILD)/rtos/kernel.img \
		$(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/loading.img

# The clock, who restarts it, who may not set it, and who may, in tests/rtos/clock.
$(eval $(call rtos_program,clock-restarter,tests/rtos/clock/restarter.c tests/rtos/templates/programs.c))
$(eval $(call rtos_program,clock-stranger,tests/rtos/clock/stranger.c rtos/sys/clock.c))
$(eval $(call rtos_integer_program,clock-judge,tests/rtos/clock/judge.c tests/rtos/clock/follow.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(BUILD)/rtos/clock.img: tests/rtos/clock/clock.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/clock.img

# Names: what is loaded and offers ports or finds them, who restarts the server, and the judge, in tests/rtos/names.
$(eval $(call rtos_program,names-peer,tests/rtos/names/peer.c rtos/sys/names.c))
$(eval $(call rtos_program,names-restarter,tests/rtos/names/restarter.c tests/rtos/templates/programs.c))
$(eval $(call rtos_integer_program,names-judge,tests/rtos/names/judge.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_archive,names,$(BUILD)/rtos/names-peer.elf))
$(BUILD)/rtos/names.img: tests/rtos/names/names.dts $(rtos_PROGRAMS) $(BUILD)/rtos/names.tar $(BUILD)/rtos/kernel.img \
		$(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/names.img

# What the start to the shell's prompt takes, in tests/rtos/boot.
$(eval $(call rtos_program,boot-last,tests/rtos/boot/last.c rtos/sys/console.c rtos/sys/text.c))
$(BUILD)/rtos/boot.img $(BUILD)/rtos/again.img: $(BUILD)/rtos/%.img: tests/rtos/boot/%.dts tests/rtos/boot/boot.dts systems/rtos/shell.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I systems/rtos -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/boot.img $(BUILD)/rtos/again.img

# Who pays when a server fails, in tests/rtos/guilt.
$(eval $(call rtos_program,guilt-server,tests/rtos/guilt/server.c))
$(eval $(call rtos_program,guilt-culprit,tests/rtos/guilt/culprit.c))
$(eval $(call rtos_program,guilt-peer,tests/rtos/guilt/peer.c))
$(eval $(call rtos_program,guilt-meek,tests/rtos/guilt/meek.c))
$(eval $(call rtos_integer_program,guilt-judge,tests/rtos/guilt/judge.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(BUILD)/rtos/guilt.img: tests/rtos/guilt/guilt.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(rtos_PACK)
rtos-tests: $(BUILD)/rtos/guilt.img

# Servers that are wrong, and their probes, in tests/rtos/probe.
$(eval $(call rtos_program,probe-server,tests/rtos/probe/server.c $(addprefix rtos/sys/,keep.c probe.c) lib/crc32c_arm.c))
$(eval $(call rtos_integer_program,probe-judge,tests/rtos/probe/judge.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(BUILD)/rtos/probe.img: tests/rtos/probe/probe.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(rtos_PACK)
rtos-tests: $(BUILD)/rtos/probe.img

# Servers that are replaced while they serve, in tests/rtos/replace.
rtos_HEIR := $(addprefix rtos/sys/,heir.c keep.c journal.c) lib/crc32c_arm.c
rtos_REPLACE_FAULTS := none start convert probe loop wait after
$(eval $(call rtos_program,replace-old,tests/rtos/replace/old.c $(rtos_HEIR)))
$(foreach fault,$(rtos_REPLACE_FAULTS),$(eval $(call rtos_program,replace-$(fault),tests/rtos/replace/new.c tests/rtos/replace/fault-$(fault).c $(rtos_HEIR))))
$(eval $(call rtos_program,replace-client,tests/rtos/replace/client.c))
$(eval $(call rtos_program,replace-breaker,tests/rtos/replace/breaker.c tests/rtos/templates/programs.c))
$(eval $(call rtos_integer_program,replace-judge,tests/rtos/replace/judge.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_archive,replace,$(patsubst %,$(BUILD)/rtos/%.elf,$(rtos_REPLACE_FAULTS:%=replace-%) replace-client replace-judge console loader bootfs) \
	tests/manifests/files/pie.elf tests/manifests/files/text tests/manifests/files/empty))
rtos_REPLACES := $(BUILD)/rtos/replace.img $(BUILD)/rtos/replace-soak.img
$(rtos_REPLACES): $(BUILD)/rtos/%.img: tests/rtos/replace/%.dts tests/rtos/replace/replace.dts $(rtos_PROGRAMS) $(BUILD)/rtos/replace.tar $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(rtos_REPLACES)

# A watcher that is replaced while it watches.
$(eval $(call rtos_archive,replace-watcher,$(BUILD)/rtos/watcher.elf))
$(BUILD)/rtos/replace-watcher.img: tests/rtos/replace/watcher.dts systems/rtos/watch.dts systems/rtos/shell.dts $(rtos_PROGRAMS) $(BUILD)/rtos/replace-watcher.tar \
		$(BUILD)/rtos/linux.facts $(BUILD)/rtos/linux.rules $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I systems/rtos -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/replace-watcher.img

# Programs that come and go as the manifest says, in tests/rtos/life.
$(eval $(call rtos_program,life-server,tests/rtos/life/server.c))
$(eval $(call rtos_program,life-user,tests/rtos/life/user.c))
$(eval $(call rtos_integer_program,life-judge,tests/rtos/life/judge.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(BUILD)/rtos/life.img: tests/rtos/life/life.dts $(rtos_PROGRAMS) $(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/life.img

# What the supervisor takes from who is more urgent than who asks it, in tests/rtos/urgency.
$(eval $(call rtos_program,urgency-asker,tests/rtos/urgency/asker.c))
$(eval $(call rtos_program,urgency-silent,tests/rtos/urgency/silent.c))
$(eval $(call rtos_integer_program,urgency-judge,tests/rtos/urgency/judge.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_program,urgency-insists,tests/rtos/urgency/insists.c))
$(foreach name,leaver loops started spins,$(eval $(call rtos_program,urgency-$(name),tests/rtos/urgency/$(name).c)))
$(BUILD)/rtos/urgency.img $(BUILD)/rtos/insists.img $(BUILD)/rtos/leaves.img $(BUILD)/rtos/loops.img: $(BUILD)/rtos/%.img: tests/rtos/urgency/%.dts $(rtos_PROGRAMS) \
		$(BUILD)/rtos/kernel.img $(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(BUILD)/rtos/urgency.img $(BUILD)/rtos/insists.img $(BUILD)/rtos/leaves.img $(BUILD)/rtos/loops.img

# Programs that test the C library, in tests/rtos/libc.
rtos_c_FLAGS += -Itests/rtos
$(eval $(call rtos_c_program,libc-floating,tests/rtos/libc/floating.c tests/rtos/libc/common.c tests/rtos/libc/expect.c))
$(eval $(call rtos_integer_program,libc-integer,tests/rtos/libc/integer.c tests/rtos/libc/common.c tests/rtos/libc/expect.c))
$(eval $(call rtos_integer_program,libc-threads,tests/rtos/libc/threads.c tests/rtos/libc/expect.c))
$(eval $(call rtos_integer_program,libc-files,tests/rtos/libc/files.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
$(eval $(call rtos_program,libc-restarter,tests/rtos/libc/restarter.c tests/rtos/templates/programs.c))
$(eval $(call rtos_integer_program,debian-judge,tests/rtos/libc/debian.c tests/rtos/templates/programs.c tests/rtos/libc/expect.c))
rtos_SAMPLES := bzip2/sample1.bz2 bzip2/sample1.ref figlet/fonts/standard.flf figlet/tests/input.txt
$(addprefix $(rtos_DEBIAN)/,$(rtos_SAMPLES)): | $(DEBIAN)/packages ;
$(eval $(call rtos_archive,debian-files,$(addprefix $(rtos_DEBIAN)/,$(rtos_SAMPLES)) $(patsubst %,$(BUILD)/rtos/%.elf,bzip2 minigzip figlet)))
$(eval $(call rtos_c_program,libc-spread,tests/rtos/libc/spread.c tests/rtos/libc/expect.c))
$(eval $(call rtos_integer_program,libc-timers,tests/rtos/libc/timers.c tests/rtos/libc/expect.c))
$(eval $(call rtos_integer_program,libc-realtime,tests/rtos/libc/realtime.c tests/rtos/libc/expect.c))
rtos_LIBC_TESTS := $(patsubst tests/rtos/libc/%.dts,$(BUILD)/rtos/%.img,$(wildcard tests/rtos/libc/*.dts))
$(rtos_LIBC_TESTS): $(BUILD)/rtos/%.img: tests/rtos/libc/%.dts $(rtos_PROGRAMS) $(addprefix $(BUILD)/rtos/,loading.tar debian-files.tar kernel.img) \
		$(BUILD)/host/bin/kumiki
	$(BUILD)/host/bin/kumiki rtos pack -I frame/board/qemu-virt -I $(BUILD)/rtos --kernel $(BUILD)/rtos/kernel.img -o $@ $<
rtos-tests: $(rtos_LIBC_TESTS) $(rtos_HOST_PROGRAMS)

# All that is ours, for a compiler that is to see it (mk/system.mk).
rtos-own: $(BUILD)/rtos/kernel.img $(filter-out $(rtos_DEBIAN_PROGRAMS),$(rtos_PROGRAMS)) $(rtos_TESTS:%=$(BUILD)/rtos/test-%.elf)
# And what a debug build of it is tested by: no image with one of Debian's programs.
rtos-own-tests: rtos-own $(patsubst %,$(BUILD)/rtos/%.img,$(rtos_TESTS:%=test-%) servers files block-pci)
.PHONY: rtos-own rtos-own-tests

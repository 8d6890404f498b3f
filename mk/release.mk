# What leaves this tree: what `make install` copies, Debian's packages, and the archive of a commit's sources.
# Everything is the same, bit for bit, wherever and whenever it is made of the same sources.

PREFIX ?= /usr/local
# What runs on arm64 stands where Debian's cross compilers look for such things: on the way to a Linux guest.
LINUX_PREFIX ?= $(PREFIX)/aarch64-linux-gnu
LINUX_LIBRARIES ?= $(LINUX_PREFIX)/lib
release_INSTALL = install -D -m $1 -t "$(DESTDIR)$2" $3

# The guest library as sources, of which programs are built elsewhere (docs/reference/guest-interface.md); paths as in the tree.
release_GUESTS := $(shell find guests/lib -type f | sort) include/kumiki/hypercall.h include/kumiki/hold.h
# The RTOS: kernel, programs, and what its manifests name; a watcher's rules; the manifests and descriptions of systems/.
release_RTOS_PROGRAMS := $(patsubst rtos/servers/%,$(BUILD)/rtos/%.elf,$(wildcard rtos/servers/*))
release_RTOS := $(addprefix $(BUILD)/rtos/,kernel.img rtos.facts rtos.rules watcher.rules desk.tar net.tar)
release_RULES := $(shell find systems/rules -name '*.rules' | sort)
# The small guests that descriptions name.
release_SMALL := $(addprefix $(BUILD)/guests/,heartbeat.bin realtime.bin talk.bin worker.bin) \
	$(addprefix $(BUILD)/guests/,$(addsuffix /heartbeat.bin,xlnx-versal-virt xlnx-zcu102 raspi4b imx8mp-evk)) \
	$(BUILD)/remote/control.bin
# Those of which a user has all files, or can make them. The others are shown by `make run` and `make guests/debian`.
release_SYSTEMS := $(filter-out systems/debian.dts systems/demo.dts systems/kept.dts systems/rtos/demo.dts,$(wildcard systems/*.dts systems/rtos/*.dts))
install-host: host frame doctor $(BUILD)/host/share/kumiki/minder-$(remote_BOARD).bin $(release_RTOS_PROGRAMS) $(release_RTOS) $(release_SMALL)
	@$(call release_INSTALL,755,$(PREFIX)/bin,$(BUILD)/host/bin/kumiki)
	@$(call release_INSTALL,755,$(PREFIX)/libexec/kumiki,$(keeper_PROGRAM) $(keeper_REMOTE))
	@find $(BUILD)/host/share -type f -printf '%P\n' | while read -r file; do \
		install -D -m 644 "$(BUILD)/host/share/$$file" "$(DESTDIR)$(PREFIX)/share/$$file" || exit; \
	done
	@for file in $(release_GUESTS); do \
		install -D -m 644 $$file "$(DESTDIR)$(PREFIX)/share/kumiki/$$file" || exit; \
	done
	@$(call release_INSTALL,644,$(PREFIX)/share/kumiki/rtos,$(release_RTOS) systems/rtos/gateway.rules)
	@for file in $(release_RTOS_PROGRAMS); do \
		$(TARGET_OBJCOPY) --strip-debug $$file "$(DESTDIR)$(PREFIX)/share/kumiki/rtos/$${file##*/}" || exit; \
	done
	@for file in $(release_RULES); do \
		install -D -m 644 $$file "$(DESTDIR)$(PREFIX)/share/kumiki/$${file#systems/}" || exit; \
	done
	@for file in $(release_SMALL); do \
		name=guests/$${file#$(BUILD)/*/}; \
		install -D -m 644 $$file "$(DESTDIR)$(PREFIX)/share/kumiki/$$name" || exit; \
	done
	@mkdir -p "$(DESTDIR)$(PREFIX)/share/kumiki/systems"
	@for file in $(release_SYSTEMS); do \
		case $$file in systems/rtos/*) name=$${file#systems/} ;; *) name=$$file ;; esac; \
		tools/release/description.sh $$file "$(PREFIX)/share/kumiki" >"$(DESTDIR)$(PREFIX)/share/kumiki/$$name" || exit; \
	done

# libkumiki's headers, and what they and its users include.
linux_HEADERS := $(patsubst %,include/kumiki/%.h,blackbox bundle dma hold hypercall life miss panel power report trace)
install-linux: linux
	@$(call release_INSTALL,755,$(LINUX_PREFIX)/bin,$(addprefix $(BUILD)/linux/,kumikictl kumiki-cores kumiki-disk kumiki-reserve))
	@$(call release_INSTALL,644,$(LINUX_LIBRARIES),$(BUILD)/linux/libkumiki.a)
	@$(call release_INSTALL,644,$(LINUX_PREFIX)/include/kumiki,$(linux_HEADERS))
	@$(call release_INSTALL,644,$(LINUX_PREFIX)/include/libkumiki,linux/lib/include/libkumiki/*.h)
	@$(call release_INSTALL,644,$(LINUX_PREFIX)/include/guest,guests/lib/include/guest/channel.h)
	@$(call release_INSTALL,644,$(LINUX_PREFIX)/lib/systemd/system,linux/agent/kumiki-cores.service linux/disk/kumiki-disk@.service)
	@install -D -m 755 linux/reserve/generator.sh "$(DESTDIR)$(LINUX_PREFIX)/lib/systemd/system-generators/kumiki-reserve"
	@$(call release_INSTALL,644,$(LINUX_PREFIX)/lib/modules-load.d,linux/agent/kumiki.conf)
	@$(call release_INSTALL,644,$(PREFIX)/share/man/man1,linux/tool/kumikictl.1 linux/agent/kumiki-cores.1 linux/disk/kumiki-disk.1 linux/reserve/kumiki-reserve.1)

# The keeper for a Linux in the machine. A machine's own host may have that of install-host beside it.
install-keeper: $(kept_PROGRAM)
	@$(call release_INSTALL,755,$(LINUX_PREFIX)/libexec,$(kept_PROGRAM))
	@$(call release_INSTALL,644,$(LINUX_PREFIX)/lib/systemd/system,linux/keeper/kumiki-keeper.service)
	@$(call release_INSTALL,644,$(LINUX_PREFIX)/lib/modules-load.d,linux/keeper/kumiki-keeper.conf)
	@$(call release_INSTALL,644,$(LINUX_PREFIX)/share/doc/kumiki-keeper,linux/keeper/README)

# ---- Debian's packages, and the archive of the sources ----

release_FOLDER ?= $(BUILD)/release
release_HOST = $(shell dpkg --print-architecture 2>/dev/null)
# Debian sorts 0.9.0~dev before 0.9.0.
release_DEBIAN := $(subst -,~,$(VERSION))
# The time that everything in them has: the commit's. An archive gives it to all of its files.
release_DATE = $(shell git ls-files --error-unmatch VERSION >/dev/null 2>&1 && git log -1 --format=%ct || \
	stat -c %Y VERSION)

# $(call release_package,NAME,ARCHITECTURE,STRIP,HOW TO INSTALL,LIBRARIES)
define release_package
	@rm -rf $(release_FOLDER)/stage/$1
	@$(MAKE) --no-print-directory $4 PREFIX=/usr LINUX_PREFIX=/usr DESTDIR=$(abspath $(release_FOLDER)/stage/$1)
	@SOURCE_DATE_EPOCH=$(release_DATE) tools/release/package.sh $1 $2 $(release_DEBIAN) $3 \
		$(release_FOLDER)/stage/$1 $(release_FOLDER) $5
	@rm -rf $(release_FOLDER)/stage/$1
endef

# What a package has besides; built before the tests that pack, as it takes minutes the first time.
packaged: $(release_RTOS_PROGRAMS) $(release_RTOS) $(release_SMALL)

packages: host frame linux keeper packaged $(BUILD)/host/share/kumiki/minder-$(remote_BOARD).bin ## build/release: Debian packages for host and guest
	$(call release_package,kumiki,$(release_HOST),strip,install-host)
	$(call release_package,kumiki-guest,arm64,$(CROSS)strip,install-linux LINUX_LIBRARIES=/usr/lib/aarch64-linux-gnu)
	$(call release_package,kumiki-keeper,arm64,$(CROSS)strip,install-keeper,$(KEEPER_ARM64)/libraries)

# Of what is committed.
archive: ## build/release: the archive of the commit's sources
	@tools/release/archive.sh $(release_FOLDER)

# What is in a release, and sums of all that: of this version's files, whatever else is in the folder. KEY: a private key
# (PEM), with which the sums are signed.
release_SBOM = $(release_FOLDER)/kumiki-$(VERSION).spdx.json
release_FILES = $(notdir $(wildcard $(addprefix $(release_FOLDER)/,kumiki_$(release_DEBIAN)_*.deb \
	kumiki-guest_$(release_DEBIAN)_*.deb kumiki-keeper_$(release_DEBIAN)_*.deb kumiki-$(VERSION).tar.xz)))
# Where the packages' programs are linked, and what the linker told of those that get something from archives.
release_ROOMS := $(addprefix $(BUILD)/,frame guests host linux service rtos/net rtos/debian/sysvbanner)
release_MAPS = $(wildcard $(addsuffix .map,$(release_RTOS_PROGRAMS) $(BUILD)/rtos/banner.elf \
	$(patsubst %.bin,%.elf,$(release_SMALL) $(BUILD)/guests/$(remote_BOARD)/minder.bin)))
release_GUEST_MAPS = $(addprefix $(BUILD)/linux/,kumikictl.map kumiki-cores.map kumiki-disk.map)
release_SUMS = $(release_FOLDER)/SHA256SUMS
sums: ## build/release: its contents (SPDX) and sums; KEY=FILE.pem signs the sums
	$(if $(and $(filter kumiki_%.deb,$(release_FILES)),$(filter kumiki-guest_%.deb,$(release_FILES))),,\
		$(error $(release_FOLDER) lacks this version's packages; make them: make packages))
	@$(if $(KEY),tools/release/key.sh "$(KEY)",true)
	@SOURCE_DATE_EPOCH=$(release_DATE) tools/release/sbom.sh $(release_DEBIAN) $(release_FOLDER) "$(release_FILES)" \
		$(DEBIAN)/packages $(KEEPER_ARM64)/packages "$(wildcard $(release_ROOMS))" "$(release_MAPS)" "$(release_GUEST_MAPS)" >$(release_SBOM).part
	@mv $(release_SBOM).part $(release_SBOM)
	@cd $(release_FOLDER) && sha256sum $(release_FILES) $(notdir $(release_SBOM)) >SHA256SUMS
	@rm -f $(release_SUMS).sig
	$(if $(KEY),@openssl dgst -sha256 -sign "$(KEY)" -out $(release_SUMS).sig $(release_SUMS))

.PHONY: install-host install-linux install-keeper packaged packages archive sums

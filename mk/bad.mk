# Guests that misbehave, and programs of other hands: tests/guest/bad. They judge nothing; system
# tests watch what becomes of them and of their neighbours.

bad_NAMES := wild calls sysregs vectors walk still restless stuck again leaves reader pending debugger suspend crash unfed
bad_FOLDER := tests/guest/bad

$(foreach name,$(bad_NAMES),$(eval $(call guest_program,bad-$(name),$(bad_FOLDER)/$(name).c \
	$(bad_FOLDER)/attempt.S)))

bad-guests: $(bad_NAMES:%=$(BUILD)/guests/bad-%.bin)
.PHONY: bad-guests

# One that lives again and again, and judges how it begins, and a manager that gives it no time to:
# tests/guest/again.
$(eval $(call guest_program,again-pristine,tests/guest/again/pristine.c))
$(eval $(call guest_program,again-hasty,tests/guest/again/hasty.c))
bad-guests: $(BUILD)/guests/again-pristine.bin $(BUILD)/guests/again-hasty.bin

# The hostile guest, random operations from a seed, and the neighbour that watches it.
bad_HOSTILE := tests/guest/hostile
$(eval $(call guest_program,hostile,$(addprefix $(bad_HOSTILE)/,main.c operations.c values.c engine.S)))
$(eval $(call guest_program,hostile-watch,$(bad_HOSTILE)/watch.c))
bad-guests: $(BUILD)/guests/hostile.bin $(BUILD)/guests/hostile-watch.bin

# A guest that breaks the rules of its end of a channel.
$(eval $(call guest_program,spoil,tests/guest/spoil/main.c))
bad-guests: $(BUILD)/guests/spoil.bin

# Programs that stand alone, as somebody else would build them: one file each, linked by the linker's
# simplest of scripts.
alone_BASE_polled := 0x40000000
alone_BASE_fiq := 0
alone_BASE_image := 0
alone_BASE_blocks := 0x40080000
alone_BASE_seconds := 0x40100000
alone_BASE_placed := 0x40200000
alone_BASE_registers := 0x40080000
alone_BASE_mover := 0x40080000
alone_BASE_trapped := 0x50080000
alone_BASE_mender := 0x40080000
alone_NAMES := polled fiq image blocks seconds placed registers mover trapped mender
# With floating point, as most compile: an interrupt must not change what is in its registers.
alone_FLAGS_blocks := -O1
alone_FLAGS_registers := -mgeneral-regs-only -O2
alone_FLAGS_mover := $(GENERAL_ONLY) -O2 -Iinclude
alone_FLAGS_trapped := $(GENERAL_ONLY) -O2 -Iinclude
alone_FLAGS_mender := $(GENERAL_ONLY) -O2 -Iinclude
# Every board has those that know nothing more of it than this. (`blocks` has a PL031.)
alone_BOARD_qemu-virt := -DALONE_UART=0x09000000ul -DALONE_GICD=0x08000000ul -DALONE_GICR=0x080a0000ul
alone_BOARD_qemu-virt-gicv2 := -DALONE_UART=0x09000000ul -DALONE_GICD=0x08000000ul
alone_BOARD_xlnx-versal-virt := -DALONE_UART=0xff000000ul -DALONE_GICD=0xf9000000ul -DALONE_GICR=0xf9080000ul
alone_BOARD_xlnx-zcu102 := -DALONE_UART=0xff000000ul -DALONE_GICD=0xf9010000ul
alone_BOARD_raspi4b := -DALONE_UART=0xfe201000ul -DALONE_GICD=0xff841000ul
alone_BOARD_imx8mp-evk := -DALONE_UART=0x30890000ul -DALONE_GICD=0x38800000ul -DALONE_GICR=0x38880000ul

# $(call alone_for,BOARD)
define alone_for
$(BUILD)/$(guests_FOLDER)/alone/%.o: tests/guest/alone/%.c mk/bad.mk
	@mkdir -p $$(@D)
	@# They have nothing that a guarded stack could call.
	$$(TARGET_CC) $$(TARGET_FLAGS) -fno-stack-protector $$(alone_BOARD_$1) \
		$$(or $$(alone_FLAGS_$$*),$$(GENERAL_ONLY) -O2) -c -o $$@ $$<
$(BUILD)/$(guests_FOLDER)/alone-%.bin: $(BUILD)/$(guests_FOLDER)/alone/%.o tests/guest/alone/alone.ld
	$$(TARGET_LD) -T tests/guest/alone/alone.ld -z noexecstack --no-warn-rwx-segments \
		--defsym=BASE=$$(alone_BASE_$$*) -o $$(@:.bin=.elf) $$<
	$$(TARGET_OBJCOPY) -O binary $$(@:.bin=.elf) $$@
endef
$(foreach board,$(FRAME_BOARDS),$(eval $(call alone_for,$(board))))

bad-guests: $(alone_NAMES:%=$(BUILD)/guests/alone-%.bin)

# A partition's PCI bus and panel, judged from inside, and the partition on the other side.
$(eval $(call guest_program,bus-panel,tests/guest/bus/panel.c guests/lib/test.c))
$(eval $(call guest_program,bus-peer,tests/guest/bus/peer.c))
$(eval $(call guest_program,bus-random,tests/guest/bus/random.c))
bad-guests: $(addprefix $(BUILD)/guests/bus-,panel.bin peer.bin random.bin)

# Partitions with a DMA engine, and one that ends in the middle of its disks' DMA: tests/guest/dma.
dma_NAMES := edu edu_among edu_line edu_stopped
$(foreach name,$(dma_NAMES),$(eval $(call guest_program,dma-$(name),tests/guest/dma/$(name).c \
	tests/guest/dma/engine.c)))
$(eval $(call guest_program,dma-stopper,tests/guest/dma/stopper.c))
$(eval $(call guest_program,dma-line,tests/guest/dma/line.c))
$(eval $(call guest_program,dma-racer,tests/guest/dma/racer.c))
$(eval $(call guest_program,dma-queues,$(addprefix tests/guest/dma/,queues.c nvme.c)))
$(eval $(call guest_program,dma-messages,$(addprefix tests/guest/dma/,messages.c pending.c nvme.c)))
$(eval $(call guest_program,dma-rush,$(addprefix tests/guest/dma/,rush.c rush_virtio.c rush_nvme.c nvme.c)))
bad-guests: $(addsuffix .bin,$(addprefix $(BUILD)/guests/dma-,$(dma_NAMES) line messages queues racer stopper rush))

# What sees how its time is spent: tests/guest/time.
bad_TIMES := share late steal flutter saver ledger flood calls
$(foreach name,$(bad_TIMES),$(eval $(call guest_program,time-$(name),tests/guest/time/$(name).c)))
bad-guests: $(bad_TIMES:%=$(BUILD)/guests/time-%.bin)

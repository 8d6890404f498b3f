# Tests on other boards than the first, and the QEMU of those that Debian 12's lacks. It isn't part of `make`: it is
# fetched when it is asked for, and once. `make clean` leaves it.

boards_QEMU := build/boards-qemu
# The systems that need it, and how it is found for one of these.
boards_NEW := systems/raspi4b.dts systems/imx8mp-evk.dts
boards_PATH = $(if $(filter $(boards_NEW),$(SYSTEM)), env PATH="$(abspath $(boards_QEMU))/bin:$$PATH")

boards-setup: setup ## the QEMU of the boards that this machine's QEMU lacks, unpacked into build/boards-qemu
	@$(MAKE) --no-print-directory $(boards_QEMU)/package

$(boards_QEMU)/package: | $(SETUP)/packages
	@tools/setup/boards.sh $(boards_QEMU)

# $(call boards_run,BOARD,MARKS,BUT): the system tests with these marks, on that board, but for that one.
boards_run = $(MAKE) --no-print-directory $(PARALLEL) KUMIKI_BOARD=$1 RESULTS=$(BUILD)/results/boards-$1 system LONG= \
	TESTS="-m '$2'$(if $3, -k 'not $3')"

# Those marked every_board, on the second board: no device of either is asked for. With LONG=1 those marked boards_long,
# too. Those marked gicv2 on the boards with a GICv2; those marked slots need virtio-mmio. On the Raspberry Pi cores that a
# test leaves out wait in the spin table and never sleep: where time is counted, an idle system takes QEMU too long there.
boards: board-guests $(boards_QEMU)/package ## some of the system tests, on the other boards; LONG=1 all that can run there
	@$(call boards_run,xlnx-versal-virt,every_board$(if $(LONG), or boards_long))
	@$(call boards_run,qemu-virt-gicv2,gicv2)
	@$(call boards_run,xlnx-zcu102,gicv2 and not slots)
	@$(call boards_run,raspi4b,gicv2 and not slots or new_qemu,(test_it_goes_wild or test_board_watchdog))
	@$(call boards_run,imx8mp-evk,new_qemu)

.PHONY: boards boards-setup

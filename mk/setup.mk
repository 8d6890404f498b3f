# Set-up: the Debian packages this machine lacks, then Debian's arm64 kernels, busybox, kexec-tools,
# rt-tests and tcc, and the keeper's libraries. Idle, and without network, as long as the lists don't change. `make clean` keeps what was
# fetched; all variants of the build share it.

DEBIAN := build/debian
SETUP := build/setup
KEEPER_ARM64 := build/keeper-arm64

setup: $(SETUP)/packages $(DEBIAN)/packages $(KEEPER_ARM64)/packages ## fetch what is missing (the targets above do it too)

$(SETUP)/packages: mk/packages.txt tools/setup/packages.sh
	@tools/setup/packages.sh mk/packages.txt
	@mkdir -p $(@D) && touch $@

$(DEBIAN)/packages: tools/setup/debian.sh | $(SETUP)/packages
	@tools/setup/debian.sh $(DEBIAN)
	@touch $@

# Libraries of the keeper inside a machine, apart from what all guests need.
$(KEEPER_ARM64)/packages: tools/setup/keeper.sh | $(SETUP)/packages
	@tools/setup/keeper.sh $(@D)
	@touch $@

# Kernels of today, for guests of `make test-long`.
$(DEBIAN)-13/packages: tools/setup/kernels.sh tools/setup/kernel.sh | $(SETUP)/packages
	@tools/setup/kernels.sh $(@D)
	@touch $@

.PHONY: setup

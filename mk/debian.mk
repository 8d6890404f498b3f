# A Debian on a disk (docs/debian.md). It isn't part of `make`: it is made when it is asked for, and once. From then on
# it is its user's: `make clean` leaves it alone.

debian_DISK := build/debian-disk
debian_PACKAGES := $(debian_DISK)/packages

guests/debian: setup ## a Debian on a disk; KEY=….pub: the key that may log in (without one a pair is made)
	@$(MAKE) --no-print-directory $(debian_DISK)/ssh.config

$(debian_PACKAGES):
	@tools/setup/root-packages.sh guests/debian/packages.txt $@

# What is there already isn't made again for anything that is newer. The last file that is written stands for all of
# them: anybody may have made an empty disk.img.
$(debian_DISK)/ssh.config: | $(debian_PACKAGES)
	@tools/setup/root-disk.sh $(DEBIAN) $(debian_PACKAGES) $(debian_DISK) $(if $(KEY),"$(KEY:~/%=$(HOME)/%)")

.PHONY: guests/debian

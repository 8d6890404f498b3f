#!/bin/sh
# Makes the initial RAM file system of Linux guests with PCI functions: the common one, then an archive
# with the modules for them. The same inputs give the same bytes. Called by mk/guests.mk.
#
#   tools/setup/initrd_pci.sh DEBIAN TREE COMMON OUT
set -eu
debian=$1
tree=$2
common=$3
out=$4

rm -rf "$tree"
for kernel in linux linux-rt; do
    modules=$tree/lib/modules/$(cat "$debian/$kernel/release")/pci
    mkdir -p "$modules"
    cp "$debian/$kernel"/modules-pci/*.ko "$modules/"
done
chmod -R u=rwX,go=rX "$tree"
find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$out.pci"
cat "$common" "$out.pci" >"$out.part"
rm "$out.pci"
mv "$out.part" "$out"
